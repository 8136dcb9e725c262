using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>Says what the densities of all latents are, with the thresholds that they were held against.</summary>
internal static class DensitySummary
{
    /// <summary>Returns two lines for people: the classes, which add up to all latents, and the counts above.</summary>
    public static string ToText(DensityDiagnosis density)
    {
        DensityThresholds thresholds = density.Thresholds;
        string separation = double.IsNaN(density.UltralowSeparation)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $", separation {density.UltralowSeparation:F1}");
        string below = double.IsNaN(density.Split)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" (below 10^{density.Split:F1}{separation})");
        string classes = string.Create(
            CultureInfo.InvariantCulture,
            $"density: {density.Latents:N0} latents are {density.CountOf(DensityClass.Dead):N0} dead, "
            + $"{density.CountOf(DensityClass.Ultralow):N0} ultralow{below}, "
            + $"{density.CountOf(DensityClass.Usual):N0} usual and {density.Dense:N0} dense (above "
            + $"{Percent(thresholds.DenseAbove)}): ");
        IEnumerable<string> dense = DensityClass.Dense.Select(name => string.Create(
            CultureInfo.InvariantCulture, $"{density.CountOf(name):N0} {name.Replace('-', ' ')}"));
        IEnumerable<string> above = thresholds.Counted.Zip(density.Above, (one, count) => string.Create(
            CultureInfo.InvariantCulture, $"{count:N0} above {Percent(one)}"));
        string overlap = density.Above.Count > 1 ? "; each of these counts those after it" : string.Empty;
        return $"{classes}{string.Join(", ", dense)}\ndensity: {string.Join(", ", above)}{overlap}";
    }

    /// <summary>Returns the same as JSON.</summary>
    public static JsonObject ToJson(DensityDiagnosis density) => new()
    {
        ["classes"] = new JsonObject(
            density.Classes.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)JsonValue.Create(pair.Value)))),
        ["dense_above"] = density.Thresholds.DenseAbove,
        ["above"] = new JsonArray(
        [
            .. density.Thresholds.Counted.Zip(density.Above, (one, count) => new JsonObject
            {
                ["density"] = one,
                ["latents"] = count,
            }),
        ]),
        ["split_log10_density"] = JsonText.Number(density.Split),
        ["ultralow_separation"] = JsonText.Number(density.UltralowSeparation),
    };

    private static string Percent(double density) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * density:G6} %");
}
