using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>The columns of the table of features that are numbers, with words for people.</summary>
internal static class FeatureColumns
{
    // Those that people sort by most, in the order in which the lists name them; all others follow.
    private static readonly (string Name, string Title, string Note, bool Log)[] Known =
    [
        ("density", "Density", "share of vectors on which it is active", true),
        ("max", "Maximum", "its largest activation", false),
        ("absolute_max", "Largest activation", "its largest activation times the length of its decoder row", false),
        ("mean", "Mean", "mean activation where it is active", false),
        ("expected_value_share", "Share of all activation", "its part of the sum of all features' activations", true),
        ("skew_active", "Skewness", "central skewness where it is active", false),
        ("kurtosis_active", "Excess kurtosis", "where it is active", false),
        ("clustering_ratio", "Clustering", "density at the upper mode over that at the valley before it", false),
        ("nearest_cosine", "Nearest cosine", "largest cosine of its decoder row with another", false),
        ("encoder_bias", "Encoder bias", "", false),
        ("encoder_decoder_dot", "Decoder · encoder", "inner product of its two rows", false),
        ("encoder_decoder_cosine", "Cosine of encoder and decoder", "", false),
        ("position_information_bits", "Information about position", "bits", false),
        ("unigram_purity", "Token purity", "share of the most frequent token among its strongest activations", false),
        ("run_length_mean", "Mean run", "consecutive active tokens", false),
        ("log10_density", "log₁₀ density", "", false),
        ("active_tokens", "Active vectors", "", true),
        ("expected_value", "Expected value", "mean activation over all vectors", true),
        ("sigma", "Deviation", "where it is active", false),
        ("absolute_mean", "Absolute mean", "mean times the length of its decoder row", false),
        ("q50", "Median", "where it is active", false),
        ("q99", "99 % quantile", "where it is active", false),
        ("description_length_bits", "Description length", "bits a vector", false),
        ("bimodality_coefficient", "Bimodality coefficient",
            "no evidence alone: 5/9, the usual bar, for an exponential as well", false),
    ];

    // How the table was counted, alike in every row: nothing to sort by.
    private static readonly string[] AlikeInEveryRow =
    [
        "information_code_lower_edge", "information_code_edge", "information_direction_lower_edge",
        "information_direction_edge", "information_bins", "information_base",
    ];

    public static IReadOnlyList<FeatureColumn> Of(IReadOnlyList<FeatureRow> rows)
    {
        Dictionary<string, PropertyInfo> numbers = typeof(FeatureRow).GetProperties()
            .Where(property => property.PropertyType != typeof(string) && property.Name != nameof(FeatureRow.Latent))
            .ToDictionary(property => property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? property.Name);
        IEnumerable<FeatureColumn> known = Known.Where(one => numbers.ContainsKey(one.Name)).Select(one =>
            new FeatureColumn(
                one.Name, one.Title, one.Note, one.Log ? "log" : "linear", ValuesOf(rows, numbers[one.Name])));
        IEnumerable<FeatureColumn> others = numbers
            .Where(pair => Known.All(one => one.Name != pair.Key) && !AlikeInEveryRow.Contains(pair.Key))
            .Select(pair => new FeatureColumn(
                pair.Key, TitleOf(pair.Key), string.Empty, "linear", ValuesOf(rows, pair.Value)));
        return [.. known, .. others];
    }

    /// <summary>What stands out about a feature, in a word each.</summary>
    public static IReadOnlyList<string> FlagsOf(FeatureRow row)
    {
        const double Dense = 0.1;
        const double Rare = 1e-5;
        const double Twin = 0.9;
        // Voita et al. 2023, the threshold for positional neurons.
        const double Positional = 0.05;
        const int MostUnigrams = 20;
        if (row.ActiveTokens == 0)
        {
            return ["silent"];
        }

        (bool Holds, string Flag)[] flags =
        [
            (row.Density >= Dense, "dense"),
            (row.Density < Rare, "rare"),
            (row.Clustering == ActivationClustering.Clustered, "clustered"),
            (row.NearestCosine >= Twin, "twin"),
            (row.PositionInformationBits >= Positional, "positional"),
            (row.UnigramTokens is > 0 and <= MostUnigrams, "few tokens"),
        ];
        return [.. flags.Where(flag => flag.Holds).Select(flag => flag.Flag)];
    }

    private static double[] ValuesOf(IReadOnlyList<FeatureRow> rows, PropertyInfo property) =>
        [.. rows.Select(row => Convert.ToDouble(property.GetValue(row), CultureInfo.InvariantCulture))];

    private static string TitleOf(string name) =>
        char.ToUpperInvariant(name[0]) + name[1..].Replace('_', ' ');
}
