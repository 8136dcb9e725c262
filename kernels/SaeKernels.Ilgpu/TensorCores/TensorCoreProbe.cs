namespace SaeKernels.Ilgpu;

/// <summary>How far the sums of tensor cores were from exact ones.</summary>
/// <param name="Instruction">The matrix product, for people.</param>
/// <param name="WorstRatio">
/// The worst error in units of what the exact modes of the encoder assume; +∞ where a number came out as none.
/// </param>
public sealed record TensorCoreProbe(string Instruction, double WorstRatio)
{
    /// <summary>Whether the assumption held.</summary>
    public bool Holds => this.WorstRatio <= 1;
}
