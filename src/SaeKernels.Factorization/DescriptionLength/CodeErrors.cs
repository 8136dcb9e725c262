using SaeKernels.Abstractions;

namespace SaeKernels.Factorization;

/// <summary>The squared errors of codes at several precisions; parts can be merged.</summary>
internal sealed class CodeErrors
{
    private readonly ReconstructionSums[] rounded;
    private ReconstructionSums exact;

    /// <summary>Takes sums of the same vectors.</summary>
    /// <param name="exact">What the model makes of codes as it finds them.</param>
    /// <param name="rounded">What it makes of them at each precision.</param>
    public CodeErrors(ReconstructionSums exact, IEnumerable<ReconstructionSums> rounded)
    {
        this.exact = exact;
        this.rounded = [.. rounded];
    }

    /// <summary>The number of vectors.</summary>
    public long Vectors => this.exact.Vectors;

    /// <summary>The mean of ‖x − x̂‖² without rounding.</summary>
    public double Mse => this.exact.SquaredErrors / this.Vectors;

    /// <summary>How much ‖x − x̂‖² grows in the mean by a precision.</summary>
    public double MseIncreaseOf(int precision) => (this.rounded[precision].SquaredErrors / this.Vectors) - this.Mse;

    /// <summary>Adds the errors of other vectors at as many precisions.</summary>
    public void Merge(CodeErrors other)
    {
        this.exact.Add(other.exact);
        for (int precision = 0; precision < this.rounded.Length; precision++)
        {
            this.rounded[precision].Add(other.rounded[precision]);
        }
    }
}
