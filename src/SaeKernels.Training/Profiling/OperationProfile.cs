using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>What keeps an operation from being faster.</summary>
public enum OperationBound
{
    /// <summary>The arithmetic units.</summary>
    Arithmetic,

    /// <summary>Memory, in order.</summary>
    Memory,

    /// <summary>Fetching matrix rows for active entries, from memory or a cache.</summary>
    Gathers,

    /// <summary>Nothing that was measured: caches delivered faster than memory could.</summary>
    Cache,

    /// <summary>None of them: launches, waiting, or one thing after another.</summary>
    Latency,
}

/// <summary>An operation of the step: its times beside what the device could do.</summary>
public sealed class OperationProfile
{
    // Below this share of every ceiling it is not the ceiling that an operation waits for.
    private const double LatencyShare = 0.1;
    private readonly double gatherSeconds;

    /// <summary>Compares times with the least that the device needs.</summary>
    /// <param name="name">The operation.</param>
    /// <param name="cost">Its work and traffic.</param>
    /// <param name="seconds">Its times.</param>
    /// <param name="ceilings">The device's best rates.</param>
    /// <param name="precision">The arithmetic of the encoder.</param>
    public OperationProfile(
        string name, OperationCost cost, Durations seconds, DeviceCeilings ceilings, EncoderPrecision precision)
    {
        ArgumentNullException.ThrowIfNull(cost);
        ArgumentNullException.ThrowIfNull(seconds);
        ArgumentNullException.ThrowIfNull(ceilings);
        this.Name = name;
        this.Cost = cost;
        this.Seconds = seconds;
        double arithmetic = ceilings.ArithmeticSeconds(cost, precision);
        double memory = ceilings.MemorySeconds(cost.LeastBytes);
        this.gatherSeconds = ceilings.MemorySeconds(cost.MovedBytes);
        this.FloorSeconds = Math.Max(arithmetic, memory);
        this.Bound = BoundOf(arithmetic, memory);
    }

    /// <summary>The operation; a second run within a step ends in " 2".</summary>
    public string Name { get; }

    /// <summary>Its work and traffic.</summary>
    public OperationCost Cost { get; }

    /// <summary>Its times.</summary>
    public Durations Seconds { get; }

    /// <summary>The least seconds for its arithmetic or for its least traffic, whichever takes longer.</summary>
    public double FloorSeconds { get; }

    /// <summary>
    /// The share of the ceiling that it reaches: the floor over the median. Above 1 where caches deliver what the step
    /// left in them.
    /// </summary>
    public double ShareOfCeiling => this.FloorSeconds / this.Seconds.Median;

    /// <summary>What keeps it from being faster.</summary>
    public OperationBound Bound { get; }

    /// <summary>Floating-point operations a second.</summary>
    public double FlopPerSecond => this.Cost.Flop / this.Seconds.Median;

    /// <summary>Bytes a second that the arithmetic takes in and gives out, caches included.</summary>
    public double BytesPerSecond => this.Cost.MovedBytes / this.Seconds.Median;

    private OperationBound BoundOf(double arithmetic, double memory)
    {
        double longest = Math.Max(arithmetic, this.gatherSeconds);
        return memory > this.Seconds.Median ? OperationBound.Cache
            : longest < LatencyShare * this.Seconds.Median ? OperationBound.Latency
            : arithmetic >= this.gatherSeconds ? OperationBound.Arithmetic
            : this.gatherSeconds > 2 * memory ? OperationBound.Gathers
            : OperationBound.Memory;
    }
}
