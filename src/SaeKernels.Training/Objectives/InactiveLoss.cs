using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The loss on pre-activations that are not active, λ_P / DIn · mean_b Σ_j n_j · (θ_j − z_j) / σ, which pulls silent
/// latents towards their threshold; σ = √(V / DIn) is the deviation of a coordinate of the input.
/// </summary>
/// <remarks>
/// A source that adds λ_P · Σ n · (θ − z) to ‖x − x̂‖², inputs having coordinates of deviation 1, has this λ_P: both
/// are divided by DIn here. Source: Conerly et al., January 2025 (all latents); SAELens (dead ones).
/// </remarks>
internal sealed class InactiveLoss : IDisposable
{
    private readonly RealBuffer sums;
    private readonly SaeParameters parameters;
    private readonly double scale;
    private readonly bool byDecoderNorm;
    private double lastScale;

    /// <summary>Allocates what latents pay.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model.</param>
    /// <param name="coefficient">λ_P; at least 0.</param>
    /// <param name="variance">V.</param>
    /// <param name="byDecoderNorm">Whether n is the length of the decoder row; else 1.</param>
    public InactiveLoss(
        IComputeBackend backend, SaeParameters parameters, double coefficient, double variance, bool byDecoderNorm)
    {
        this.sums = backend.AllocateReal("InactiveSums", parameters.WEnc.Rows);
        this.parameters = parameters;
        this.scale = coefficient / Math.Sqrt(parameters.WEnc.Columns * variance);
        this.byDecoderNorm = byDecoderNorm;
    }

    /// <summary>What gradients are computed from; null where the loss is switched off.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="mask">The latents that pay; null for all.</param>
    public InactivePenalty? Inputs(int rows, IntBuffer? mask)
    {
        this.lastScale = this.scale / Math.Max(1, rows);
        return this.scale == 0 ? null : new InactivePenalty
        {
            Scale = this.lastScale,
            ByDecoderNorm = this.byDecoderNorm,
            BEnc = this.parameters.BEnc,
            Mask = mask,
            Sums = this.sums,
        };
    }

    /// <summary>Waits for the device and returns the loss of the last step.</summary>
    public double Read()
    {
        double[] paid = new double[this.sums.Length];
        this.sums.Download(paid);
        return this.lastScale * paid.Sum();
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.sums.Dispose();
}
