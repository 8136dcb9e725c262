namespace SaeKernels.Reference;

/// <summary>An entry of a latent, or an activation so near to zero that float32 may or may not see it as one.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Value">Its activation.</param>
/// <param name="IsActive">Whether its exact activation is positive.</param>
/// <param name="IsCertain">Whether every float32 computation agrees.</param>
internal readonly record struct BoundedEntry(int Row, Bounded Value, bool IsActive, bool IsCertain)
{
    /// <summary>A quantity that is 0 where the entry is not active.</summary>
    public Bounded Gate(Bounded quantity) => this.IsCertain
        ? quantity
        : new Bounded(
            this.IsActive ? quantity.Value : 0, Math.Min(0, quantity.Low), Math.Max(0, quantity.High));
}
