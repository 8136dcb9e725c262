using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>An exponential moving average of every trained parameter, without the bias of its start at zero.</summary>
/// <remarks>
/// After step t: a ← β·a + (1 − β)·w, and the average is a / (1 − βᵗ), as Adam corrects its moments. What the visit of
/// a latent steps, it also averages (<see cref="OfRows"/>); the rest is summed after the step, with the same roundings.
/// </remarks>
internal sealed class WeightAverage : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly double decay;
    private readonly List<(string Name, RealBuffer Values, RealBuffer Sum)> sums;
    private readonly List<(string Name, RealBuffer Values, RealBuffer Sum)> rest;

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
        // Steps of Muon are of whole matrices, after which no visit of a latent comes.
        this.OfRows = optimizer.Muon is null
            ? new RowAverages
            {
                WEnc = SumOf(optimizer.WEnc),
                BEnc = SumOf(optimizer.BEnc),
                WDec = SumOf(optimizer.WDec),
                Decay = this.decay,
            }
            : null;
        this.rest = [.. this.sums.Where(pair => !IsOfRows(pair.Sum))];
    }

    /// <summary>The sums a, before the correction, with the names of their parameters.</summary>
    public IReadOnlyDictionary<string, RealBuffer> Sums => this.sums.ToDictionary(pair => pair.Name, pair => pair.Sum);

    /// <summary>The sums that <see cref="IComputeBackend.UpdateLatents"/> adds to; null for none.</summary>
    public RowAverages? OfRows { get; }

    /// <summary>Takes the parameters after a step into the average, but those of <see cref="OfRows"/>.</summary>
    public void AddRest()
    {
        foreach ((string _, RealBuffer values, RealBuffer sum) in this.rest)
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

    private RealBuffer SumOf(AdamParameters parameters) =>
        this.sums.Single(pair => pair.Values == parameters.Values).Sum;

    private bool IsOfRows(RealBuffer sum) =>
        this.OfRows is RowAverages rows && (sum == rows.WEnc || sum == rows.BEnc || sum == rows.WDec);
}
