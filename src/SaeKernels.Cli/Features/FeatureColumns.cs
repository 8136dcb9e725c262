using System.Reflection;
using System.Text.Json.Serialization;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>A column of the feature table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">A double, a whole number or a verdict, which is a string.</param>
/// <param name="Value">Its value in a latent's row.</param>
internal sealed record FeatureColumn(string Name, Type Type, Func<FeatureRow, object?> Value)
{
    /// <summary>What a verdict may be; its place in the list is its number in tensors.</summary>
    public IReadOnlyList<string> Verdicts { get; init; } = [];
}

/// <summary>The columns of the feature table.</summary>
internal static class FeatureColumns
{
    private static readonly Dictionary<string, IReadOnlyList<string>> Verdicts = new()
    {
        ["clustering"] =
            [ActivationClustering.TooFew, ActivationClustering.NotClustered, ActivationClustering.Clustered],
        ["density_class"] = DensityClass.All,
    };

    /// <summary>Those of every table, by the names that <see cref="FeatureRow"/> gives its members.</summary>
    public static IReadOnlyList<FeatureColumn> All { get; } =
    [
        .. typeof(FeatureRow).GetProperties()
            .Where(property => property.GetCustomAttribute<JsonPropertyNameAttribute>() is not null)
            .Select(Of),
    ];

    /// <summary>The largest threshold that the density of a latent is above.</summary>
    public static FeatureColumn DensityAbove(DensityThresholds thresholds) =>
        new("density_above", typeof(double), row => thresholds.LargestBelow(row.Density));

    private static FeatureColumn Of(PropertyInfo property)
    {
        string name = property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name;
        return new FeatureColumn(name, property.PropertyType, row => property.GetValue(row))
        {
            Verdicts = Verdicts.GetValueOrDefault(name, []),
        };
    }
}
