namespace SaeKernels.Reference;

/// <summary>An entry of a latent, or an activation so near to zero that float32 may or may not see it as one.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Value">Its activation.</param>
/// <param name="IsActive">Whether its exact activation is above its threshold.</param>
/// <param name="IsCertain">Whether every float32 computation agrees.</param>
internal readonly record struct BoundedEntry(int Row, Bounded Value, bool IsActive, bool IsCertain)
{
    /// <summary>Whether it is near its threshold.</summary>
    public bool IsNear { get; init; }

    /// <summary>Whether every float32 computation agrees about that.</summary>
    public bool IsNearCertain { get; init; } = true;

    /// <summary>A quantity that is 0 where the entry is not active.</summary>
    public Bounded Gate(Bounded quantity) => Gate(quantity, this.IsActive, this.IsCertain);

    /// <summary>A quantity that is 0 where the entry is not near its threshold.</summary>
    public Bounded GateNear(Bounded quantity) => Gate(quantity, this.IsNear, this.IsNearCertain);

    private static Bounded Gate(Bounded quantity, bool isOpen, bool isCertain)
    {
        Bounded open = isOpen ? quantity : default;
        return isCertain
            ? open
            : new Bounded(open.Value, Math.Min(0, quantity.Low), Math.Max(0, quantity.High));
    }
}
