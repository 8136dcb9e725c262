namespace SaeKernels.Training;

/// <summary>What the ReLU + L1 loss is made of.</summary>
public sealed record ReluObjectiveOptions
{
    /// <summary>The most vectors of a step; at least 1.</summary>
    public required int Batch { get; init; }

    /// <summary>The weight λ of the penalty, after its warm-up; at least 0. Not with <see cref="TargetL0"/>.</summary>
    public double L1Coefficient { get; init; }

    /// <summary>
    /// The wanted mean number of active latents, for which λ is adapted; 0 where λ is <see cref="L1Coefficient"/>.
    /// </summary>
    public double TargetL0 { get; init; }

    /// <summary>The weight that the adaptation to <see cref="TargetL0"/> begins with; positive.</summary>
    public double FirstCoefficient { get; init; } = 0.1;

    /// <summary>
    /// How much ln λ changes in each step towards <see cref="TargetL0"/>, at most 1; 0, the default, for as much as the
    /// distance asks for.
    /// </summary>
    public double PenaltyStep { get; init; }

    /// <summary>Steps of the run, which set how fast λ adapts; at least 1.</summary>
    public long Steps { get; init; } = 1;

    /// <summary>Steps over which λ rises linearly from 0; 0 for none.</summary>
    public required long L1WarmupSteps { get; init; }

    /// <summary>
    /// Whether activations are weighted by the length of their decoder row, and rows are free; else rows have unit
    /// length.
    /// </summary>
    public required bool ByDecoderNorm { get; init; }

    /// <summary>The step at which an exponent of activations first falls below 1, where one does; at least 2.</summary>
    public long ExponentFirstStep { get; init; } = 2;

    /// <summary>The step at which it falls for the last time; at least <see cref="ExponentFirstStep"/>.</summary>
    public long ExponentLastStep { get; init; } = 2;

    /// <summary>The exponent after that; above 0 and at most 1.</summary>
    public double EndExponent { get; init; } = 1;

    /// <summary>
    /// The weight λ_P of the loss on what is not active, in latents with thresholds; at least 0, and 0 for none.
    /// </summary>
    public double InactiveCoefficient { get; init; }

    /// <summary>
    /// The widths of a crosscoder's sites: then activations are weighted by the sum of the lengths of their decoder
    /// row's parts. Null, the default, for one site; only with <see cref="ByDecoderNorm"/>.
    /// </summary>
    public IReadOnlyList<int>? Sites { get; init; }

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
