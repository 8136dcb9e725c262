namespace SaeKernels.Data;

/// <summary>The numbers of SynthSAEBench; the defaults are those of its 16k model.</summary>
/// <remarks>Source: SynthSAEBench, arXiv:2602.14687, and the SAELens page on it.</remarks>
public sealed record SynthSaeBenchOptions
{
    /// <summary>The number of features, at least <see cref="FamilyFeatures"/>.</summary>
    public int Features { get; init; } = 16_384;

    /// <summary>The width of a vector, at least 1.</summary>
    public int DIn { get; init; } = 768;

    /// <summary>Features at the top of a family; at least 0.</summary>
    public int Roots { get; init; } = 128;

    /// <summary>Children of each feature that is not at the bottom, of which one at most is active; 1 to 8.</summary>
    public int Children { get; init; } = 4;

    /// <summary>Generations below the roots; 0 to 8.</summary>
    public int Depth { get; init; } = 3;

    /// <summary>The share of rows in which the first feature fires; <see cref="LeastRate"/> to below 1.</summary>
    public double GreatestRate { get; init; } = 0.4;

    /// <summary>The share of rows in which the last feature fires, above 0.</summary>
    public double LeastRate { get; init; } = 5e-4;

    /// <summary>Hidden normal variables that features share; 0 to 64.</summary>
    public int CorrelationRank { get; init; } = 25;

    /// <summary>The deviation of the weights of the hidden variables; at least 0.</summary>
    public double CorrelationScale { get; init; } = 0.1;

    /// <summary>The mean strength of the first feature; above 0.</summary>
    public double FirstMean { get; init; } = 5;

    /// <summary>The mean strength of the last feature; above 0.</summary>
    public double LastMean { get; init; } = 4;

    /// <summary>Steps in which directions are pushed apart; at least 0.</summary>
    public int OrthogonalizationSteps { get; init; } = 100;

    /// <summary>The length of the constant offset; at least 0.</summary>
    public double BiasLength { get; init; } = 0.5;

    /// <summary>The features that belong to families: Roots · (1 + Children + … + Children^Depth).</summary>
    public long FamilyFeatures
    {
        get
        {
            long features = 0;
            long generation = this.Roots;
            for (int level = 0; level <= this.Depth; level++, generation *= this.Children)
            {
                features += generation;
            }

            return features;
        }
    }

    /// <summary>Throws <see cref="ArgumentException"/> where a number is outside its range.</summary>
    internal void Validate()
    {
        const string Source = nameof(SynthSaeBenchSource);
        const int MostFeatures = 1 << 20;
        SourceCheck.Between(Source, nameof(this.Children), this.Children, 1, 8);
        SourceCheck.Between(Source, nameof(this.Depth), this.Depth, 0, 8);
        SourceCheck.Between(Source, nameof(this.Roots), this.Roots, 0, MostFeatures);
        SourceCheck.Between(
            Source, nameof(this.Features), this.Features, Math.Max(2, this.FamilyFeatures), MostFeatures);
        SourceCheck.Between(Source, nameof(this.DIn), this.DIn, 1, 1 << 16);
        SourceCheck.Between(Source, nameof(this.LeastRate), this.LeastRate, 1e-9, 0.999);
        SourceCheck.Between(Source, nameof(this.GreatestRate), this.GreatestRate, this.LeastRate, 0.999);
        SourceCheck.Between(Source, nameof(this.CorrelationRank), this.CorrelationRank, 0, 64);
        SourceCheck.Between(Source, nameof(this.CorrelationScale), this.CorrelationScale, 0, 1);
        SourceCheck.Between(Source, nameof(this.FirstMean), this.FirstMean, 1e-6, 1e6);
        SourceCheck.Between(Source, nameof(this.LastMean), this.LastMean, 1e-6, 1e6);
        SourceCheck.Between(Source, nameof(this.OrthogonalizationSteps), this.OrthogonalizationSteps, 0, 100_000);
        SourceCheck.Between(Source, nameof(this.BiasLength), this.BiasLength, 0, 1e6);
    }
}
