using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The scalars of a training step: they stay on the device until somebody wants to see them.</summary>
public sealed class StepScalars : IDisposable
{
    private const int Count = 8;
    private readonly RealBuffer buffer;
    private readonly double[] host = new double[Count];

    /// <summary>Allocates zeros.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    public StepScalars(IComputeBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        this.buffer = backend.AllocateReal("StepScalars", Count);
    }

    /// <summary>The mean of ‖x − x̂‖² over the batch.</summary>
    public ScalarSlot MeanSquaredError => new(this.buffer, 0);

    /// <summary>The auxiliary loss, without its weight.</summary>
    public ScalarSlot AuxLoss => new(this.buffer, 1);

    /// <summary>The factor that turns auxiliary residuals into gradients.</summary>
    public ScalarSlot AuxResidualScale => new(this.buffer, 2);

    /// <summary>The mean number of active latents.</summary>
    public ScalarSlot L0 => new(this.buffer, 3);

    /// <summary>The number of dead latents.</summary>
    public ScalarSlot DeadLatents => new(this.buffer, 4);

    /// <summary>The norm of the whole gradient before clipping.</summary>
    public ScalarSlot GradientNorm => new(this.buffer, 5);

    /// <summary>The factor that clips the gradient.</summary>
    public ScalarSlot ClipFactor => new(this.buffer, 6);

    /// <summary>The mean of Σ w · ‖x − x̂‖² over the batch, where several reconstructions count.</summary>
    public ScalarSlot WeightedSquaredError => new(this.buffer, 7);

    /// <summary>Waits for the device and returns what the last step wrote.</summary>
    /// <param name="variance">The variance of a vector that the loss is measured in.</param>
    /// <param name="auxKAlpha">The weight of the auxiliary loss.</param>
    /// <param name="latents">The number of latents.</param>
    public StepReport Read(double variance, double auxKAlpha, int latents)
    {
        this.buffer.Download(this.host);
        double fvu = this.host[0] / variance;
        return new StepReport(
            Loss: fvu + (auxKAlpha * this.host[1]),
            Fvu: fvu,
            AuxLoss: this.host[1],
            L0: this.host[3],
            DeadFraction: this.host[4] / latents,
            GradientNorm: this.host[5]);
    }

    /// <summary>Waits for the device and returns <see cref="WeightedSquaredError"/>.</summary>
    public double ReadWeightedSquaredError()
    {
        this.buffer.Download(this.host);
        return this.host[7];
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.buffer.Dispose();
}

/// <summary>The figures of one training step.</summary>
/// <param name="Loss">The whole loss: <paramref name="Fvu"/> + α · <paramref name="AuxLoss"/>.</param>
/// <param name="Fvu">The batch's squared error over the variance estimated before training.</param>
/// <param name="AuxLoss">The auxiliary loss on dead latents, without its weight.</param>
/// <param name="L0">The mean number of active latents.</param>
/// <param name="DeadFraction">The share of latents that are dead.</param>
/// <param name="GradientNorm">The norm of the whole gradient before clipping.</param>
public sealed record StepReport(
    double Loss, double Fvu, double AuxLoss, double L0, double DeadFraction, double GradientNorm)
{
    /// <summary>The weight of the sparsity penalty in the step; 0 where there is none.</summary>
    public double SparsityCoefficient { get; init; }
}
