namespace SaeKernels.Training;

/// <summary>What the JumpReLU loss is made of.</summary>
public sealed record JumpReluObjectiveOptions
{
    /// <summary>The most vectors of a step; at least 1.</summary>
    public required int Batch { get; init; }

    /// <summary>
    /// The weight of the penalty on L0, after its warm-up; at least 0. Not with <see cref="TargetL0"/>.
    /// </summary>
    public double Coefficient { get; init; }

    /// <summary>The wanted mean number of active latents; 0 where L0 has a price instead.</summary>
    public double TargetL0 { get; init; }

    /// <summary>The weight of the squared relative distance from <see cref="TargetL0"/>, after its warm-up.</summary>
    public double TargetCoefficient { get; init; } = 1;

    /// <summary>Steps over which the penalty rises linearly from 0; 0 for none.</summary>
    public required long WarmupSteps { get; init; }

    /// <summary>The width of the rectangle, in √<see cref="Variance"/>; positive.</summary>
    public double Bandwidth { get; init; } = 0.001;

    /// <summary>Where thresholds start, in √<see cref="Variance"/>; at least 0.</summary>
    public double InitialThreshold { get; init; } = 0.001;

    /// <summary>
    /// The weight λ_P of the loss on what is not active, in latents with thresholds; at least 0, and 0 for none.
    /// </summary>
    public double InactiveCoefficient { get; init; }

    /// <summary>A latent is dead once this many vectors went by without it.</summary>
    public required long DeadAfterTokens { get; init; }

    /// <summary>The variance V of a vector, Σ_d Var(x_d), that the squared error is measured in; positive.</summary>
    public required double Variance { get; init; }

    /// <summary>The largest gradient norm; +∞ for no clipping.</summary>
    public required double MaxGradientNorm { get; init; }

    /// <summary>
    /// Whether the gradient of a decoder row of unit length loses its part along the row; off only to check gradients.
    /// </summary>
    public bool ProjectDecoderGradient { get; init; } = true;
}
