using System.Globalization;
using System.Text.Json.Nodes;
using CsvHelper;
using SaeKernels.Files;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>Writes what was found about contexts and labels.</summary>
internal static class ContextFiles
{
    private static readonly (string Name, Func<LabelGroup, int, float, object> Of)[] Columns =
    [
        ("kind", (group, _, _) => group.Kind),
        ("label", (group, _, _) => group.Name),
        ("label_share", (group, _, _) => group.Share),
        ("latent", (_, latent, _) => latent),
        ("active_tokens", (group, latent, _) => group.Found.ActiveTokens(latent)),
        ("density", (group, latent, _) => group.Found.Density(latent, group.Label)),
        ("density_elsewhere", (group, latent, _) => group.Found.DensityElsewhere(latent, group.Label)),
        ("mean", (group, latent, _) => group.Found.Mean(latent, group.Label)),
        ("mean_elsewhere", (group, latent, _) => group.Found.MeanElsewhere(latent, group.Label)),
        ("specificity", (group, latent, _) => group.Found.Specificity(latent, group.Label)),
        ("specificity_upper_half",
            (group, latent, max) => group.Found.Specificity(latent, group.Label, max / 2)),
        ("mass_share", (group, latent, _) => group.Found.MassShare(latent, group.Label)),
        ("auroc", (group, latent, _) => group.Found.Auroc(latent, group.Label)),
        ("correlation", (group, latent, _) => group.Found.Correlation(latent, group.Label)),
    ];

    /// <summary>The names of the columns.</summary>
    public static IEnumerable<string> ColumnNames => Columns.Select(column => column.Name);

    /// <summary>Writes a row for each label and latent.</summary>
    public static void WriteTable(string path, IEnumerable<LabelGroup> groups, IReadOnlyList<float> maxima) =>
        AtomicFile.Write(path, stream =>
        {
            using CsvWriter writer = new(new StreamWriter(stream, leaveOpen: true), CultureInfo.InvariantCulture);
            foreach (string name in ColumnNames)
            {
                writer.WriteField(name);
            }

            writer.NextRecord();
            foreach (LabelGroup group in groups)
            {
                for (int latent = 0; latent < maxima.Count; latent++)
                {
                    foreach ((_, Func<LabelGroup, int, float, object> of) in Columns)
                    {
                        writer.WriteField(
                            Convert.ToString(of(group, latent, maxima[latent]), CultureInfo.InvariantCulture));
                    }

                    writer.NextRecord();
                }
            }
        });

    /// <summary>Writes the distributions of the latents that were chosen, as JSON.</summary>
    public static void WriteDistributions(string path, IEnumerable<ConditionalActivations> all)
    {
        JsonObject json = new()
        {
            ["labels"] = new JsonArray([.. all.Select(one => new JsonObject
            {
                ["label"] = one.Name,
                ["label_share"] = JsonText.Number(one.LabelShare),
                ["score_edges"] = Numbers(one.ScoreEdges),
                ["features"] = new JsonArray([.. one.Latents.Select((latent, slot) => Feature(one, latent, slot))]),
            })]),
        };
        AtomicFile.WriteText(path, JsonText.Of(json) + "\n");
    }

    /// <summary>Returns the strongest latent of each label as a JSON object.</summary>
    public static JsonObject Summary(IEnumerable<LabelGroup> groups, long vectors) => new()
    {
        ["tokens"] = vectors,
        ["labels"] = new JsonArray([.. groups.Select(group =>
        {
            int[] strongest = group.Strongest(1);
            JsonObject json = new()
            {
                ["kind"] = group.Kind,
                ["label"] = group.Name,
                ["label_share"] = JsonText.Number(group.Share),
                ["latent"] = strongest.Length == 0 ? null : strongest[0],
            };
            foreach (int latent in strongest)
            {
                json["correlation"] = JsonText.Number(group.Found.Correlation(latent, group.Label));
                json["specificity"] = JsonText.Number(group.Found.Specificity(latent, group.Label));
                json["density"] = JsonText.Number(group.Found.Density(latent, group.Label));
                json["auroc"] = JsonText.Number(group.Found.Auroc(latent, group.Label));
            }

            return json;
        })]),
    };

    private static JsonObject Feature(ConditionalActivations found, int latent, int slot) => new()
    {
        ["latent"] = latent,
        ["max"] = JsonText.Number(found.Maxima[slot]),
        ["correlation"] = JsonText.Number(found.Correlation(latent)),
        ["counts"] = Table(found, (bin, score) => found.Count(latent, bin, score)),
        ["conditional"] = Table(found, (bin, score) => found.Conditional(latent, bin, score)),
        ["expected_value"] = Table(found, (bin, score) => found.ExpectedValue(latent, bin, score)),
        ["specificity"] = Numbers(Enumerable.Range(0, found.Bins).Select(bin => found.Specificity(latent, bin))),
    };

    /// <summary>A list for each bin of activations, in it a number for each bin of scores.</summary>
    private static JsonArray Table(ConditionalActivations found, Func<int, int, double> of) =>
        new([.. Enumerable.Range(0, found.Bins).Select(bin =>
            Numbers(Enumerable.Range(0, found.ScoreBins).Select(score => of(bin, score))))]);

    private static JsonArray Numbers(IEnumerable<double> values) => new([.. values.Select(JsonText.Number)]);
}
