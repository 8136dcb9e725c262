namespace SaeKernels.Training;

/// <summary>What the TopK loss is made of.</summary>
public sealed record TopKObjectiveOptions
{
    /// <summary>The most vectors of a step; at least 1.</summary>
    public required int Batch { get; init; }

    /// <summary>Active latents of each vector.</summary>
    public required int K { get; init; }

    /// <summary>The weight α of the auxiliary loss; 0 for none.</summary>
    public required double AuxKAlpha { get; init; }

    /// <summary>Dead latents that may help a vector, at least 1.</summary>
    public required int AuxK { get; init; }

    /// <summary>A latent is dead once this many vectors went by without it.</summary>
    public required long DeadAfterTokens { get; init; }

    /// <summary>The variance V of a vector, Σ_d Var(x_d), that the squared error is measured in; positive.</summary>
    public required double Variance { get; init; }

    /// <summary>The largest gradient norm; +∞ for no clipping.</summary>
    public required double MaxGradientNorm { get; init; }

    /// <summary>Whether a decoder row's gradient loses its part along the row; off only to check gradients.</summary>
    public bool ProjectDecoderGradient { get; init; } = true;
}
