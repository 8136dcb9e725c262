using System.Reflection;
using System.Text.Json.Serialization;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>The columns of the feature table, by the names that <see cref="FeatureRow"/> gives them.</summary>
internal static class FeatureColumns
{
    /// <summary>All columns, in the order of the row's members.</summary>
    public static IReadOnlyList<(string Name, PropertyInfo Property)> All { get; } =
    [
        .. typeof(FeatureRow).GetProperties()
            .Select(property => (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, property))
            .Where(pair => pair.Name is not null)
            .Select(pair => (pair.Name!, pair.property)),
    ];
}
