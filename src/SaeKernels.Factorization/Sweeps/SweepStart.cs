using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>Where a factorisation of a cell begins.</summary>
/// <param name="Kind">
/// <c>random</c>, <c>continued</c>, <c>woken</c>, <c>pruned</c> or <c>shaken</c>; see
/// <see cref="SweepFactorization.Start"/>.
/// </param>
/// <param name="Number">Tells starts of one kind in one cell from each other; from 0.</param>
/// <param name="From">What it begins with; null for random directions.</param>
internal sealed record SweepStart(string Kind, int Number, SparseFactorization? From)
{
    /// <summary>The name of its files beside those of the cell's other starts.</summary>
    public string Name => $"{this.Kind}{this.Number}";

    /// <summary>Returns the random numbers of a random start.</summary>
    /// <param name="seed">The seed of the repeat.</param>
    /// <param name="latents">The size of the dictionary.</param>
    public RandomSequence RandomOf(ulong seed, int latents) => new(
        seed,
        RandomPurpose.Initialization,
        ((long)latents * (SweepChain.Rounds + 1) * SweepChain.MostStarts) + this.Number);
}
