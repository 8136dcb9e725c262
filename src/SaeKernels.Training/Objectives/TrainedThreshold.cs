using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The thresholds of a model while they are trained.</summary>
internal sealed class TrainedThreshold : IDisposable
{
    private readonly double start;

    /// <summary>Allocates their gradients.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model.</param>
    /// <param name="unit">What thresholds, their start and their learning rate are measured in.</param>
    /// <param name="bandwidth">The width of the rectangle, in units.</param>
    /// <param name="start">Where thresholds start, in units.</param>
    public TrainedThreshold(
        IComputeBackend backend, SaeParameters parameters, double unit, double bandwidth, double start)
    {
        this.Values = parameters.LatentVector(LatentVector.ThresholdName);
        this.Gradients = backend.AllocateReal("GradThreshold", parameters.WEnc.Rows);
        this.Unit = unit;
        this.Bandwidth = bandwidth * unit;
        this.start = start * unit;
    }

    /// <summary>The thresholds.</summary>
    public RealBuffer Values { get; }

    /// <summary>Their gradients.</summary>
    public RealBuffer Gradients { get; }

    /// <summary>What they are measured in.</summary>
    public double Unit { get; }

    /// <summary>The width of the rectangle.</summary>
    public double Bandwidth { get; }

    /// <summary>Sets thresholds to their start.</summary>
    public void Initialize()
    {
        double[] thresholds = new double[this.Values.Length];
        Array.Fill(thresholds, this.start);
        this.Values.Upload(thresholds);
    }

    /// <summary>What gradients are computed from where the number of active latents has no price.</summary>
    public JumpThreshold Inputs() => new()
    {
        Values = this.Values,
        Bandwidth = this.Bandwidth,
        StepScale = 0,
        Gradients = this.Gradients,
    };

    /// <summary>Frees the gradients.</summary>
    public void Dispose() => this.Gradients.Dispose();
}
