namespace SaeKernels.Factorization;

/// <summary>What each size needs at one level of error.</summary>
/// <param name="Mse">The level.</param>
/// <param name="Bits">
/// Total information of each size, the geometric mean over repeats, by interpolation; NaN for a size whose curve does
/// not reach the level in every repeat.
/// </param>
/// <param name="Owner">The size with the least; null where its neighbours in the grid do not reach the level.</param>
public sealed record ErrorLevel(double Mse, IReadOnlyDictionary<int, double> Bits, int? Owner);
