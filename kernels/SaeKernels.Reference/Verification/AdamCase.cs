using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>A parameter array with its moments, and with an average where wanted, before and after a step.</summary>
internal sealed class AdamCase
{
    private readonly string name;
    private readonly float[] values;
    private readonly float[] firstMoment;
    private readonly float[] secondMoment;
    private readonly WorkbenchBuffer<float> placedValues;
    private readonly WorkbenchBuffer<float> placedFirst;
    private readonly WorkbenchBuffer<float>? placedSecond;
    private readonly float[] average;
    private readonly WorkbenchBuffer<float>? placedAverage;

    public AdamCase(
        string name,
        Workbench bench,
        VerificationInputs inputs,
        float[] values,
        OptimizerKind kind = default,
        bool isAveraged = false)
    {
        this.name = name;
        this.values = values;
        this.firstMoment = inputs.Reals(values.Length, 0.01, most: 1);
        this.secondMoment = inputs.Positive(values.Length, 1e-4);
        this.placedValues = bench.InOut(name, values);
        this.placedFirst = bench.InOut($"{name}.FirstMoment", this.firstMoment);
        this.placedSecond = kind == OptimizerKind.Signum
            ? null
            : bench.InOut($"{name}.SecondMoment", this.secondMoment);
        this.average = isAveraged ? inputs.Reals(values.Length, 0.3) : [];
        this.placedAverage = isAveraged ? bench.InOut($"{name}.Average", this.average) : null;
    }

    public AdamParameters Parameters => new(this.placedValues.Reals, this.placedFirst.Reals, this.placedSecond?.Reals);

    /// <summary>The buffer of the average; only where there is one.</summary>
    public RealBuffer Average => this.placedAverage!.Reals;

    /// <summary>Compares the moments and returns what the parameter must be.</summary>
    public Bounded CompareMoments(Comparison comparison, in OptimizerStep step, int index, Bounded gradient)
    {
        BoundedAdam expected = BoundedAdam.Apply(
            step, this.values[index], this.firstMoment[index], this.secondMoment[index], gradient);
        comparison.Near($"{this.name}.FirstMoment", index, this.placedFirst.Found[index], expected.FirstMoment);
        if (this.placedSecond is WorkbenchBuffer<float> second)
        {
            comparison.Near($"{this.name}.SecondMoment", index, second.Found[index], expected.SecondMoment);
        }

        return expected.Value;
    }

    public void CompareValue(Comparison comparison, int index, Bounded expected) =>
        comparison.Near(this.name, index, this.placedValues.Found[index], expected);

    /// <summary>Compares the average, where there is one: it is of the parameter as it was stored.</summary>
    public void CompareAverage(Comparison comparison, double decay, int index)
    {
        if (this.placedAverage is WorkbenchBuffer<float> placed)
        {
            Bounded expected = (Bounded.Rounded(decay) * Bounded.Exact(this.average[index]))
                + (Bounded.Rounded(1 - decay) * Bounded.Exact(this.placedValues.Found[index]));
            comparison.Near($"{this.name}.Average", index, placed.Found[index], expected);
        }
    }
}
