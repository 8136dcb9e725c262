namespace SaeKernels.Training;

/// <summary>What losses are made of whose encoder keeps the largest pre-activations.</summary>
public sealed record SelectionObjectiveOptions
{
    /// <summary>The most vectors of a step; at least 1.</summary>
    public required int Batch { get; init; }

    /// <summary>Active latents of each vector.</summary>
    public required int K { get; init; }

    /// <summary>
    /// Active latents of each vector at the beginning, at least <see cref="K"/>; from there the number falls linearly.
    /// Default 0: <see cref="K"/> from the first step on.
    /// </summary>
    public int KStart { get; init; }

    /// <summary>Steps over which the number of active latents falls to <see cref="K"/>.</summary>
    public long KAnnealSteps { get; init; }

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

    /// <summary>
    /// The number of latents in each prefix that reconstructs on its own, ascending, the last one DSae; default none.
    /// </summary>
    public IReadOnlyList<int> Prefixes { get; init; } = [];

    /// <summary>The weight of each prefix's loss, not negative, that of the last one positive.</summary>
    public IReadOnlyList<double> PrefixWeights { get; init; } = [];

    /// <summary>Residuals of a row: of the whole dictionary, of dead latents, and of shorter prefixes.</summary>
    public int ResidualBlocks => (this.AuxKAlpha > 0 ? 2 : 1) + Math.Max(0, this.Prefixes.Count - 1);

    /// <summary>The most latents that are ever kept for each vector.</summary>
    public int MostK => Math.Max(this.K, this.KStart);

    /// <summary>Latents that a step keeps for each vector.</summary>
    /// <param name="step">The step, counted from 1.</param>
    public int KAt(long step) => this.KStart <= this.K || step > this.KAnnealSteps
        ? this.K
        : this.KStart - (int)Math.Round((this.KStart - this.K) * ((step - 1.0) / this.KAnnealSteps));

    /// <summary>What a run says.</summary>
    internal static SelectionObjectiveOptions Of(TrainingPlan plan, double variance) => new()
    {
        Batch = plan.Batch,
        K = plan.K,
        KStart = plan.KStart,
        KAnnealSteps = plan.KAnnealSteps,
        Prefixes = plan.Prefixes,
        PrefixWeights = plan.PrefixWeights,
        AuxKAlpha = plan.AuxKAlpha,
        AuxK = plan.AuxK,
        DeadAfterTokens = plan.DeadAfterTokens,
        Variance = variance,
        MaxGradientNorm = plan.MaxGradientNorm,
    };
}
