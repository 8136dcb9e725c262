namespace SaeKernels.Metrics;

/// <summary>The latent whose activity correlates most with that of another one, some tokens away.</summary>
/// <param name="Latent">The partner; −1 where there is none.</param>
/// <param name="Lag">How many tokens lie between, 1 and more; 0 without a partner.</param>
/// <param name="Correlation">The correlation at that lag, above 0; NaN without a partner.</param>
public readonly record struct LaggedPartner(int Latent, int Lag, double Correlation)
{
    /// <summary>There is no partner.</summary>
    public static LaggedPartner None { get; } = new(-1, 0, double.NaN);
}

/// <summary>What is active after and before each latent.</summary>
/// <param name="Later">For each latent, the one that correlates most with it 1 and more tokens later.</param>
/// <param name="Earlier">For each latent, the one that correlates most with it 1 and more tokens earlier.</param>
public sealed record LaggedPartners(IReadOnlyList<LaggedPartner> Later, IReadOnlyList<LaggedPartner> Earlier);
