namespace SaeKernels.PeerBench;

/// <summary>A row of a results file.</summary>
/// <param name="Key">What it is about.</param>
/// <param name="Variant">The name of the trainer.</param>
internal abstract record ResultRow(ResultKey Key, string Variant)
{
    /// <summary>All columns in their order; no value leaves a field empty.</summary>
    public IEnumerable<(string Name, object? Value)> Columns() =>
        [.. this.Key.Columns(), ("variant", this.Variant), .. Figures()];

    /// <summary>The columns after key and variant.</summary>
    protected abstract IEnumerable<(string Name, object? Value)> Figures();
}
