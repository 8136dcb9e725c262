using System.Globalization;

namespace SaeKernels.Factorization;

/// <summary>Which of the factorisations of a sweep one is.</summary>
/// <param name="IsNull">Whether it is of normal vectors rather than of the data.</param>
/// <param name="Seed">The number of the repeat, from 0.</param>
/// <param name="Latents">The size of the dictionary.</param>
/// <param name="Sparsity">λ, or K.</param>
public sealed record SweepCellKey(bool IsNull, int Seed, int Latents, double Sparsity)
{
    /// <summary>The name of its files.</summary>
    public string Name => string.Create(
        CultureInfo.InvariantCulture,
        $"{(this.IsNull ? "null" : "data")}-seed{this.Seed}-latents{this.Latents}-{this.Sparsity:R}");
}
