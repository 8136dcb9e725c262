namespace SaeKernels.Abstractions;

/// <summary>How the encoders of a backend have worked so far, for people and for <c>run.json</c>.</summary>
/// <param name="Precision">The mode in use; never <see cref="EncoderPrecision.Auto"/>.</param>
/// <param name="Path">The instructions that form the products, for people.</param>
/// <param name="Rows">The rows that went through low precision.</param>
/// <param name="Candidates">The pre-activations of these rows that float32 decided.</param>
/// <param name="Fallbacks">The rows among them that had to be computed in float32 throughout.</param>
public sealed record EncoderReport(
    EncoderPrecision Precision, string Path, long Rows, long Candidates, long Fallbacks)
{
    /// <summary>The mean of <see cref="Candidates"/> a row; 0 where no row was screened.</summary>
    public double CandidatesPerRow => this.Rows == 0 ? 0 : (double)this.Candidates / this.Rows;
}
