namespace SaeKernels.Report;

/// <summary>How much a report holds.</summary>
public sealed record ReportOptions
{
    /// <summary>Which features have panels; the list and the plots of the run have all of them.</summary>
    public FeatureSelection Features { get; init; } = FeatureSelection.Default;

    /// <summary>Examples of every value interval and rank decile; at least 0, default 5.</summary>
    public int Examples { get; init; } = 5;

    /// <summary>Tokens shown before and after an example; at least 0, default 8.</summary>
    public int Context { get; init; } = 8;

    /// <summary>Texts that can be read token by token: the first ones of the data; at least 0, default 100.</summary>
    /// <remarks>Where vectors stand alone, a text is 100 of them.</remarks>
    public int Documents { get; init; } = 100;

    /// <summary>Draws the random examples; default 0.</summary>
    public ulong Seed { get; init; }

    internal void Validate()
    {
        if (this.Examples < 0 || this.Context < 0 || this.Documents < 0)
        {
            throw new ArgumentException(
                $"ReportOptions: Examples, Context and Documents must be at least 0, but are {this.Examples}, "
                + $"{this.Context} and {this.Documents}. Raise them.");
        }
    }
}
