namespace SaeKernels.Factorization;

/// <summary>A factorisation of a sweep and how it was found.</summary>
/// <param name="Result">The factorisation.</param>
/// <param name="Start">
/// Where it began: at <c>random</c>; <c>continued</c> from the next larger λ or less K, or from its own end where there
/// is no larger size; <c>woken</c>: continued, with latents that no vector activated begun anew; <c>pruned</c> from the
/// next larger size; or <c>shaken</c>: what was best, with a sixteenth of its directions replaced.
/// </param>
/// <param name="IsConverged">Whether other starts found nothing better.</param>
public sealed record SweepFactorization(SparseFactorization Result, string Start, bool IsConverged);
