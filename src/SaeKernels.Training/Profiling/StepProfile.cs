using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>What a training step does on a device, and what the device could do.</summary>
public sealed record StepProfile
{
    /// <summary>The device.</summary>
    public required DeviceDescription Device { get; init; }

    /// <summary>The sizes of the step.</summary>
    public required StepShape Shape { get; init; }

    /// <summary>The arithmetic of the encoder.</summary>
    public required EncoderReport Encoder { get; init; }

    /// <summary>The device's best rates: of measurements before and after the steps the better ones.</summary>
    public required DeviceCeilings Ceilings { get; init; }

    /// <summary>The operations in the order in which the step runs them.</summary>
    public required IReadOnlyList<OperationProfile> Operations { get; init; }

    /// <summary>
    /// The operations that the step has not: those of other architectures, of clipping, feeding and evaluation.
    /// </summary>
    public required IReadOnlyList<OperationProfile> Others { get; init; }

    /// <summary>Whole steps, without marks between operations, by the device's clock.</summary>
    public required Durations Step { get; init; }

    /// <summary>How long the host took to enqueue a whole step.</summary>
    public required Durations Enqueue { get; init; }

    /// <summary>Copies of a batch from the host to the device; no part of the step.</summary>
    public required Durations Upload { get; init; }

    /// <summary>Bytes of weights, optimiser and buffers on the device.</summary>
    public required long AllocatedBytes { get; init; }

    /// <summary>The step of median length: the one that a trace shows.</summary>
    public required IReadOnlyList<OperationSample> Trace { get; init; }

    /// <summary>The shortest time in which the device could do the work of all operations, in seconds.</summary>
    public double FloorSeconds => this.Operations.Sum(operation => operation.FloorSeconds);

    /// <summary>Vectors a second.</summary>
    public double TokensPerSecond => this.Shape.Batch / this.Step.Median;
}
