namespace SaeKernels.Metrics;

/// <summary>What a path of densities needs of one model.</summary>
/// <param name="Rows">The table of its latents, by ascending latent.</param>
/// <param name="Directions">Its decoder rows.</param>
/// <param name="Fvu">Its fraction of variance unexplained, over the data of the table.</param>
public sealed record DensityPathModel(IReadOnlyList<FeatureRow> Rows, UnitDirections Directions, double Fvu)
{
    /// <summary>The mean number of active latents a vector.</summary>
    public double L0 { get; } = Rows.Sum(row => row.Density);
}

/// <summary>What a path says of a latent of its first model.</summary>
/// <param name="Class">One of <see cref="DensityPath.Classes"/>; of a latent that is not dense its own class.</param>
/// <param name="Density">
/// Its density in the sparsest model that reconstructs as well and has it; NaN where there is none or it is not dense.
/// </param>
/// <param name="Models">How many of the models that reconstruct as well have it.</param>
public readonly record struct DensityPathLatent(string Class, double Density, int Models);
