using CsvHelper.Configuration.Attributes;

namespace SaeKernels.Training;

/// <summary>One row of a table of profiles: an operation, or the whole step.</summary>
public sealed record StepProfileRow
{
    /// <summary>The day of the measurement, in universal time.</summary>
    [Name("date")]
    public required string Date { get; init; }

    /// <summary>The commit that the library was built from; empty where it is not known.</summary>
    [Name("commit")]
    public required string Commit { get; init; }

    /// <summary>The id of the device.</summary>
    [Name("device")]
    public required string Device { get; init; }

    /// <summary>The device's own name.</summary>
    [Name("name")]
    public required string Name { get; init; }

    /// <summary>Threads, or multiprocessors.</summary>
    [Name("units")]
    public required int Units { get; init; }

    /// <summary>Instruction sets or driver interface, and the .NET runtime.</summary>
    [Name("runtime")]
    public required string Runtime { get; init; }

    /// <summary>The command line that measured.</summary>
    [Name("command")]
    public required string Command { get; init; }

    /// <summary>The arithmetic of the encoder.</summary>
    [Name("precision")]
    public required string Precision { get; init; }

    /// <summary>DIn, latents, k and batch.</summary>
    [Name("shape")]
    public required string Shape { get; init; }

    /// <summary>The operation, or <c>step</c>.</summary>
    [Name("operation")]
    public required string Operation { get; init; }

    /// <summary>Timed runs.</summary>
    [Name("repeats")]
    public required int Repeats { get; init; }

    /// <summary>The median of the times, in milliseconds.</summary>
    [Name("median_ms")]
    public required double MedianMilliseconds { get; init; }

    /// <summary>The shortest time, in milliseconds.</summary>
    [Name("min_ms")]
    public required double MinimumMilliseconds { get; init; }

    /// <summary>The time that 90 % do not pass, in milliseconds.</summary>
    [Name("p90_ms")]
    public required double Percentile90Milliseconds { get; init; }

    /// <summary>10⁹ floating-point operations a second.</summary>
    [Name("gflops")]
    public required double GigaFlopPerSecond { get; init; }

    /// <summary>10⁹ bytes a second, caches included.</summary>
    [Name("gbytes_per_second")]
    public required double GigaBytesPerSecond { get; init; }

    /// <summary>The least time by the measured ceilings, in milliseconds.</summary>
    [Name("floor_ms")]
    public required double FloorMilliseconds { get; init; }

    /// <summary>The floor over the median.</summary>
    [Name("share_of_ceiling")]
    public required double ShareOfCeiling { get; init; }

    /// <summary>The median over the sum of the medians of the step; 0 for what is not of it, 1 for the step.</summary>
    [Name("share_of_step")]
    public required double ShareOfStep { get; init; }

    /// <summary>What bounds the operation; empty for the step.</summary>
    [Name("bound")]
    public required string Bound { get; init; }

    /// <summary>The measured ceiling of float32 multiply-adds, in 10⁹ operations a second.</summary>
    [Name("ceiling_fma_gflops")]
    public required double CeilingGigaFlopPerSecond { get; init; }

    /// <summary>The measured ceiling of memory, in 10⁹ bytes a second.</summary>
    [Name("ceiling_memory_gbytes_per_second")]
    public required double CeilingGigaBytesPerSecond { get; init; }

    /// <summary>Vectors a second of the whole step.</summary>
    [Name("tokens_per_second")]
    public required double TokensPerSecond { get; init; }
}
