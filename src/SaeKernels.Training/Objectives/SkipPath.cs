using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The linear path of a transcoder that skips the latents: what it leaves, and its gradient.</summary>
/// <remarks>
/// The latents reconstruct y − W_skip·x, so that nothing else of a step changes. ∂W_skip = scale · Σ e·xᵀ with the
/// residuals e of the reconstruction; AuxK holds e constant, so it adds nothing.
/// Source: Paulo et al. 2025, §3.
/// </remarks>
internal sealed class SkipPath : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly RealMatrix weights;
    private readonly RealBuffer left;

    /// <summary>Allocates what a step needs.</summary>
    public SkipPath(IComputeBackend backend, RealMatrix weights, int batch)
    {
        this.backend = backend;
        this.weights = weights;
        this.left = backend.AllocateReal("SkipPath.Left", (long)batch * weights.Rows);
        long length = (long)weights.Rows * weights.Columns;
        this.Gradient = new RealMatrix(
            backend.AllocateReal("SkipPath.Gradient", length), weights.Rows, weights.Columns);
    }

    /// <summary>∂W_skip of the last batch, [DOut, DIn].</summary>
    public RealMatrix Gradient { get; }

    /// <summary>Returns y − W_skip·x.</summary>
    public RealMatrix Subtract(RealMatrix x, RealMatrix targets)
    {
        RealMatrix result = new(this.left, x.Rows, this.weights.Rows);
        this.backend.LinearSum(new LinearSumArguments
        {
            Input = x,
            Weights = this.weights,
            Start = targets,
            Scale = -1,
            Sum = result,
        });
        return result;
    }

    /// <summary>Computes <see cref="Gradient"/>, and its rows' squared norms behind those of the latents.</summary>
    public void ComputeGradient(RealMatrix x, RealMatrix residuals, double scale, RealBuffer norms, int firstNorm) =>
        this.backend.LinearGradient(new LinearGradientArguments
        {
            Residuals = residuals,
            Input = x,
            ResidualScale = scale,
            Gradient = this.Gradient,
            RowSquaredNorms = norms,
            FirstNorm = firstNorm,
        });

    /// <summary>Frees the memory; the weights belong to the model.</summary>
    public void Dispose()
    {
        this.left.Dispose();
        this.Gradient.Buffer.Dispose();
    }
}
