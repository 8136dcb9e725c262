namespace SaeKernels.Data;

/// <summary>The parameters of <see cref="SharkeySource"/>; the defaults are those of the original experiment.</summary>
public sealed record SharkeyOptions
{
    /// <summary>The number of features, 1 to 16,384; 512.</summary>
    public int Features { get; init; } = 512;

    /// <summary>The width, at least 1; 256.</summary>
    public int DIn { get; init; } = 256;

    /// <summary>The wanted mean number of active features, above 0 and at most the number of features; 5.</summary>
    public double Active { get; init; } = 5;

    /// <summary>λ, above 0 and at most 1; 0.99.</summary>
    public double Decay { get; init; } = 0.99;

    /// <summary>How λ acts.</summary>
    public SharkeyDecay DecayMode { get; init; } = SharkeyDecay.Multiply;

    /// <summary>Whether u = Φ(z) with correlated z ~ N(0, Σ), or 1 everywhere.</summary>
    public bool Correlated { get; init; } = true;

    /// <summary>
    /// Whether Σ is A·Aᵀ with normal A, or a symmetric matrix of U(0, 1) draws, shifted until it is positive definite.
    /// </summary>
    public bool GramCovariance { get; init; }

    /// <summary>
    /// Whether the probabilities are scaled to the wanted mean: by active / Σ p. Without it p is multiplied by
    /// active / features alone, as the first published code does for uncorrelated features.
    /// </summary>
    public bool Rescale { get; init; } = true;

    /// <summary>How many rows in a row share one z; 1. The original shares it over a batch of 4,096.</summary>
    public int RowsPerLatent { get; init; } = 1;

    /// <summary>Whether a row in which nothing is active gets one random feature of strength 1.</summary>
    public bool FillEmptyRows { get; init; } = true;

    /// <summary>Whether a strength is the product of two U(0, 1) draws, as in a known faulty version; or one.</summary>
    public bool ProductValues { get; init; }

    /// <summary>The standard deviation of normal noise on every element, at least 0.</summary>
    public double Noise { get; init; }
}
