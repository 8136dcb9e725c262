namespace SaeKernels.Report;

/// <summary>Figures of a sweep by size and sparsity, each drawn as a map.</summary>
/// <param name="Latents">The sizes, ascending: a row each.</param>
/// <param name="Sparsity">What the sparsities are, such as λ.</param>
/// <param name="Sparsities">The sparsities, ascending: a column each.</param>
/// <param name="Maps">The figures, each from 0 to 1; what is larger is drawn as 1.</param>
/// <param name="Unconverged">In how many repeats a cell did not converge, row by row.</param>
public sealed record SweepHeatMaps(
    IReadOnlyList<int> Latents,
    string Sparsity,
    IReadOnlyList<double> Sparsities,
    IReadOnlyList<SweepHeatMap> Maps,
    IReadOnlyList<IReadOnlyList<double>> Unconverged)
{
    /// <summary>Writes the maps as a picture.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <exception cref="FileNotFoundException">The platform lacks the native library that measures text.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteSvg(string path) => SvgFile.Write(path, HeatMapsPicture.Of(this));
}

/// <summary>A figure by size and sparsity.</summary>
/// <param name="Name">Its name in the result of the sweep.</param>
/// <param name="Title">What a person reads.</param>
/// <param name="Values">The figure, row by row, NaN where it is not defined; empty where it is not known.</param>
public sealed record SweepHeatMap(string Name, string Title, IReadOnlyList<IReadOnlyList<double>> Values);
