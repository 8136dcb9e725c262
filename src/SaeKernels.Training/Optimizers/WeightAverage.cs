using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>An exponential moving average of every trained parameter, without the bias of its start at zero.</summary>
/// <remarks>
/// After step t: a ← β·a + (1 − β)·w, and the average is a / (1 − βᵗ), as Adam corrects its moments.
/// </remarks>
internal sealed class WeightAverage : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly double decay;
    private readonly List<(string Name, RealBuffer Values, RealBuffer Sum)> sums;

    /// <summary>Allocates zeros.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="optimizer">Has the parameters.</param>
    /// <param name="decay">β, above 0 and below 1.</param>
    public WeightAverage(IComputeBackend backend, OptimizerState optimizer, double decay)
    {
        this.backend = backend;
        // As the device has it: else the average would drift by the rounding of β over 1 − β.
        this.decay = (float)decay;
        this.sums =
        [
            .. optimizer.All.Select(pair => (
                pair.Name,
                pair.Parameters.Values,
                backend.AllocateReal($"{pair.Name}.Average", pair.Parameters.Values.Length))),
        ];
    }

    /// <summary>The sums a, before the correction, with the names of their parameters.</summary>
    public IReadOnlyDictionary<string, RealBuffer> Sums => this.sums.ToDictionary(pair => pair.Name, pair => pair.Sum);

    /// <summary>Takes the parameters after a step into the average.</summary>
    public void Add()
    {
        foreach ((string _, RealBuffer values, RealBuffer sum) in this.sums)
        {
            this.backend.WeightedSum(new WeightedSumArguments
            {
                Length = values.Length,
                First = sum,
                FirstFactor = this.decay,
                Second = values,
                SecondFactor = 1 - this.decay,
                Sum = sum,
            });
        }
    }

    /// <summary>What the sums are multiplied with after a number of steps, at least 1.</summary>
    public double CorrectionAfter(long steps) => 1 / (1 - Math.Pow(this.decay, steps));

    /// <summary>Sets the average of some parameters to what they were set to.</summary>
    /// <param name="name">Their name in <see cref="Sums"/>.</param>
    /// <param name="first">The first of them.</param>
    /// <param name="values">What they were set to.</param>
    /// <param name="steps">The steps so far, at least 1.</param>
    public void Restart(string name, long first, double[] values, long steps)
    {
        double correction = CorrectionAfter(steps);
        this.Sums[name].Upload([.. values.Select(value => value / correction)], first);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.sums.ForEach(pair => pair.Sum.Dispose());
}
