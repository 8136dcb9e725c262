using System.Text.Json.Nodes;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>What is said of two models as a whole, by the names that JSON gives it.</summary>
internal static class ComparisonFigures
{
    // A one-to-one matching of more pairs of directions takes minutes.
    private const long MostMatched = 1L << 26;

    // Latents that correlate as much are taken for the same feature.
    private const double Same = 0.9;

    /// <summary>Returns the figures; the first model's before the second's.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Of(PairedLatents pairs, Sae first, Sae second)
    {
        UnitDirections one = UnitDirections.From(first.Parameters.WDec);
        UnitDirections other = UnitDirections.From(second.Parameters.WDec);
        MeanMaxCosine cosines = DictionaryMetrics.MeanMaxCosine(one, other);
        yield return new("median_correlation", pairs.MedianCorrelation);
        yield return new("median_correlation_of_second", pairs.MedianCorrelationOfSecond);
        yield return new("shared_fraction", Shared(pairs.OfFirst));
        yield return new("shared_fraction_of_second", Shared(pairs.OfSecond));
        yield return new("mean_max_cosine", cosines.Recall);
        yield return new("mean_max_cosine_of_second", cosines.Precision);
        yield return new("mean_max_cosine_random", RandomBaseline.MeanMaxCosine(one.Width, other.Count));
        yield return new("mean_max_cosine_of_second_random", RandomBaseline.MeanMaxCosine(one.Width, one.Count));
        if ((long)one.Count * other.Count <= MostMatched)
        {
            yield return new("mcc", DictionaryMetrics.MatchedCosine(one, other));
        }

        yield return new("split_edges", pairs.Edges.Count);
        yield return new("split_latents", pairs.Edges.GroupBy(edge => edge.First).Count(group => group.Count() > 1));
    }

    /// <summary>Returns the figures as a JSON object.</summary>
    public static JsonObject ToJson(IEnumerable<KeyValuePair<string, double>> figures, long vectors)
    {
        JsonObject json = new() { ["tokens"] = vectors };
        foreach ((string name, double value) in figures)
        {
            json[name] = JsonText.Number(value);
        }

        return json;
    }

    private static double Shared(IReadOnlyList<PairedLatent> pairs)
    {
        int vary = pairs.Count(pair => !double.IsNaN(pair.Correlation));
        return vary == 0 ? double.NaN : pairs.Count(pair => pair.Correlation > Same) / (double)vary;
    }
}
