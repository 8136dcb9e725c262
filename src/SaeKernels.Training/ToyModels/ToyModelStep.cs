using System.Numerics;
using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>The weights of a toy model in training, and one step.</summary>
internal sealed class ToyModelStep
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    private const double Epsilon = 1e-8;
    private readonly int features;
    private readonly int hidden;
    private readonly double[] importance;
    private readonly double[] code;
    private readonly double[] back;
    private readonly double[] errors;
    private readonly AdamMoments directionMoments;
    private readonly AdamMoments biasMoments;
    private int taken;

    public ToyModelStep(int features, int hidden, double[] importance)
    {
        this.features = features;
        this.hidden = hidden;
        this.importance = importance;
        this.Directions = new double[features * hidden];
        this.Bias = new double[features];
        this.code = new double[hidden];
        this.back = new double[hidden];
        this.errors = new double[features];
        this.directionMoments = new AdamMoments(this.Directions.Length);
        this.biasMoments = new AdamMoments(features);
    }

    public double[] Directions { get; }

    public double[] Bias { get; }

    /// <summary>Takes a step and returns the loss before it.</summary>
    public double Take(IReadOnlyList<SyntheticRow> batch, double rate)
    {
        Array.Clear(this.directionMoments.Gradients);
        Array.Clear(this.biasMoments.Gradients);
        double loss = 0;
        foreach (SyntheticRow row in batch)
        {
            loss += AddGradients(row, 1.0 / batch.Count);
        }

        this.taken++;
        this.directionMoments.Apply(this.Directions, rate, this.taken);
        this.biasMoments.Apply(this.Bias, rate, this.taken);
        return loss / batch.Count;
    }

    private double AddGradients(SyntheticRow row, double share)
    {
        this.code.AsSpan().Clear();
        this.back.AsSpan().Clear();
        for (int entry = 0; entry < row.Count; entry++)
        {
            AddScaled(DirectionOf(row.Features[entry]), row.Values[entry], this.code);
        }

        double loss = 0;
        int next = 0;
        for (int feature = 0; feature < this.features; feature++)
        {
            double input = 0;
            if (next < row.Count && row.Features[next] == feature)
            {
                input = row.Values[next++];
            }

            double before = VectorProducts.Dot(DirectionOf(feature), this.code) + this.Bias[feature];
            double error = Math.Max(before, 0) - input;
            loss += this.importance[feature] * error * error;
            // The slope of ReLU is 0 at 0.
            this.errors[feature] = before > 0 ? 2 * this.importance[feature] * error * share : 0;
        }

        for (int feature = 0; feature < this.features; feature++)
        {
            double error = this.errors[feature];
            if (error != 0)
            {
                this.biasMoments.Gradients[feature] += error;
                AddScaled(this.code, error, GradientOf(feature));
                AddScaled(DirectionOf(feature), error, this.back);
            }
        }

        for (int entry = 0; entry < row.Count; entry++)
        {
            AddScaled(this.back, row.Values[entry], GradientOf(row.Features[entry]));
        }

        return loss;
    }

    private Span<double> DirectionOf(int feature) => this.Directions.AsSpan(feature * this.hidden, this.hidden);

    private Span<double> GradientOf(int feature) =>
        this.directionMoments.Gradients.AsSpan(feature * this.hidden, this.hidden);

    private static void AddScaled(ReadOnlySpan<double> source, double factor, Span<double> sums)
    {
        int i = 0;
        for (; i <= sums.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            (new Vector<double>(sums[i..]) + (new Vector<double>(source[i..]) * factor)).CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] += source[i] * factor;
        }
    }

    /// <summary>Gradients and Adam's moments of some weights.</summary>
    private sealed class AdamMoments(int count)
    {
        private readonly double[] first = new double[count];
        private readonly double[] second = new double[count];

        public double[] Gradients { get; } = new double[count];

        public void Apply(double[] weights, double rate, int step)
        {
            double firstScale = 1 - Math.Pow(FirstDecay, step);
            double secondScale = 1 - Math.Pow(SecondDecay, step);
            for (int i = 0; i < weights.Length; i++)
            {
                double gradient = this.Gradients[i];
                this.first[i] += (1 - FirstDecay) * (gradient - this.first[i]);
                this.second[i] += (1 - SecondDecay) * ((gradient * gradient) - this.second[i]);
                weights[i] -= rate * (this.first[i] / firstScale)
                    / (Math.Sqrt(this.second[i] / secondScale) + Epsilon);
            }
        }
    }
}
