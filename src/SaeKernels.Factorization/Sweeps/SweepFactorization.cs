namespace SaeKernels.Factorization;

/// <summary>A factorisation of a sweep and how it was found.</summary>
/// <param name="Result">The factorisation.</param>
/// <param name="Start">
/// Where it began: <c>random</c>, <c>continued</c> from the next larger λ, <c>pruned</c> from the next larger size,
/// <c>shaken</c>, or <c>trained</c>.
/// </param>
/// <param name="IsConverged">Whether other starts found nothing better, or an autoencoder trained to its end.</param>
public sealed record SweepFactorization(SparseFactorization Result, string Start, bool IsConverged);
