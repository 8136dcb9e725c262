using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary><c>sae features --lags</c>: what is active some tokens after and before each latent.</summary>
internal sealed class FeatureLags
{
    private readonly LaggedPartners partners;
    private readonly int maxLag;

    private FeatureLags(LaggedPartners partners, int maxLag)
    {
        this.partners = partners;
        this.maxLag = maxLag;
    }

    /// <summary>The options by which the verb is told of it.</summary>
    public static (Option<int?> Lags, Option<int[]?> Of) Choices { get; } = (
        Options.Number<int>("--lags", "N",
            "Add the other latent whose activity correlates most with a latent's own 1 to N tokens later in the "
            + "document (leads_latent, leads_lag, leads_correlation) and earlier (follows_...), N from 1 to 256. Needs "
            + "doc_ids or pos, and goes over the data again, several times for many latents. Default: none."),
        Options.NumberList<int>("--lags-of", "LIST",
            "Latents that this is done for, separated by commas; any latent may be the other one. Default: all."));

    /// <summary>The columns that it adds to the table.</summary>
    public IReadOnlyList<FeatureColumn> Columns =>
    [
        .. ColumnsOf("leads", this.partners.Later), .. ColumnsOf("follows", this.partners.Earlier),
    ];

    /// <summary>Checks the options; null where nothing is wanted.</summary>
    /// <exception cref="ArgumentException">One is wrong.</exception>
    public static (int MaxLag, int[]? Of)? Require(ParseResult result)
    {
        int[]? of = result.GetValue(Choices.Of) is { Length: > 0 } list ? list : null;
        return result.GetValue(Choices.Lags) switch
        {
            >= 1 and <= CrossCorrelationMetric.MostLag and int lags => (lags, of),
            null when of is null => null,
            null => throw new ArgumentException(
                "--lags-of: must come with --lags, but --lags is missing. Write --lags 8."),
            int other => throw new ArgumentException(
                $"--lags: must be 1 to {CrossCorrelationMetric.MostLag} tokens, but is {other}. Write --lags 8."),
        };
    }

    /// <summary>Checks what was asked for against model and data, before any work is done for it.</summary>
    /// <exception cref="ArgumentException">The model has no such latent.</exception>
    /// <exception cref="InvalidDataException">The data has no documents.</exception>
    public static void RequireFit((int MaxLag, int[]? Of) chosen, Sae sae, VectorSource source)
    {
        if (source.ReadDocumentIds is null && source.ReadPositions is null)
        {
            throw new InvalidDataException(
                "--data: must have doc_ids or pos in every file for --lags, but has neither. Leave out --lags.");
        }

        if (chosen.Of?.Any(latent => latent < 0 || latent >= sae.Config.DSae) == true)
        {
            throw new ArgumentException(
                $"--lags-of: latents must be 0 to {sae.Config.DSae - 1}, but are {string.Join(", ", chosen.Of)}. Name "
                + "others.");
        }
    }

    /// <summary>Finds the partners.</summary>
    /// <param name="chosen">What was asked for.</param>
    /// <param name="sae">The model.</param>
    /// <param name="source">The data.</param>
    /// <param name="rows">The table, by ascending latent.</param>
    public static FeatureLags Measure(
        (int MaxLag, int[]? Of) chosen, Sae sae, VectorSource source, IReadOnlyList<FeatureRow> rows)
    {
        long[] active = [.. rows.Select(row => row.ActiveTokens)];
        int[]? of = chosen.Of is null ? null : [.. chosen.Of.Distinct()];
        LaggedPartnerSearch search = new() { MaxLag = chosen.MaxLag };
        LaggedPartners partners = PassDisplay.Run(
            source.Count,
            search.Passes(active, of),
            progress => new LaggedPartnerSearch { MaxLag = chosen.MaxLag, Progress = progress }
                .Run(sae, source, active, of));
        return new FeatureLags(partners, chosen.MaxLag);
    }

    /// <summary>Returns a line for people.</summary>
    public string ToText()
    {
        int leading = this.partners.Later.Count(one => one.Latent >= 0);
        string strongest = Strongest() is (int latent, LaggedPartner best)
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"; the strongest pair is {latent} and, {Tokens(best.Lag)} later, {best.Latent} (correlation "
                + $"{best.Correlation:F3})")
            : string.Empty;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"lags: {leading:N0} latents have one that follows within {Tokens(this.maxLag)}{strongest}");
    }

    /// <summary>Returns the same as JSON.</summary>
    public JsonObject ToJson()
    {
        JsonObject json = new()
        {
            ["max_lag"] = this.maxLag,
            ["least_together"] = LaggedPartnerSearch.LeastTogether,
            ["leading"] = this.partners.Later.Count(one => one.Latent >= 0),
        };
        if (Strongest() is (int latent, LaggedPartner best))
        {
            json["strongest"] = new JsonObject
            {
                ["latent"] = latent,
                ["leads_latent"] = best.Latent,
                ["leads_lag"] = best.Lag,
                ["leads_correlation"] = best.Correlation,
            };
        }

        return json;
    }

    private static string Tokens(int count) => count == 1 ? "1 token" : $"{count} tokens";

    private static IEnumerable<FeatureColumn> ColumnsOf(string name, IReadOnlyList<LaggedPartner> partners) =>
    [
        new($"{name}_latent", typeof(int), row => partners[row.Latent].Latent),
        new($"{name}_lag", typeof(int), row => partners[row.Latent].Lag),
        new($"{name}_correlation", typeof(double), row => partners[row.Latent].Correlation),
    ];

    private (int Latent, LaggedPartner Partner)? Strongest()
    {
        (int Latent, LaggedPartner Partner)[] found =
            [.. this.partners.Later.Index().Where(one => one.Item.Latent >= 0)];
        return found.Length == 0 ? null : found.MaxBy(one => one.Partner.Correlation);
    }
}
