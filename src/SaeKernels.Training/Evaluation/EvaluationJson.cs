using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsvHelper;
using SaeKernels.Files;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>How evaluation figures are written: in <c>eval.json</c> and on standard output alike.</summary>
public static class EvaluationJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Returns the figures as one JSON object; a figure that is not defined is the text <c>NaN</c>.</summary>
    /// <param name="result">The figures.</param>
    /// <param name="more">Further figures as members with JSON names, which come last; null for none.</param>
    public static string ToJson(this EvaluationResult result, object? more = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        JsonObject figures = JsonSerializer.SerializeToNode(result, Options)!.AsObject();
        Add(figures, result.Variants);
        if (result.Sites is not null)
        {
            figures.Add("sites", JsonSerializer.SerializeToNode(result.Sites, Options));
        }

        Add(figures, more);
        return figures.ToJsonString(Options);
    }

    /// <summary>
    /// Writes how much of each latent of a crosscoder lies in each site, as CSV: <c>latent</c>, <c>site_0</c>,
    /// <c>site_1</c> and so on.
    /// </summary>
    /// <param name="shares">The shares.</param>
    /// <param name="path">The file; replaced as a whole.</param>
    public static void WriteTable(this SiteShares shares, string path)
    {
        ArgumentNullException.ThrowIfNull(shares);
        AtomicFile.Write(path, stream =>
        {
            using StreamWriter text = new(stream, leaveOpen: true);
            using CsvWriter writer = new(text, CultureInfo.InvariantCulture);
            writer.WriteField("latent");
            for (int site = 0; site < shares.Sites; site++)
            {
                writer.WriteField($"site_{site}");
            }

            for (int latent = 0; latent < shares.Latents; latent++)
            {
                writer.NextRecord();
                writer.WriteField(latent);
                for (int site = 0; site < shares.Sites; site++)
                {
                    writer.WriteField(shares[latent, site].ToString("G6", CultureInfo.InvariantCulture));
                }
            }

            writer.NextRecord();
        });
    }

    /// <summary>Writes the figures to a file.</summary>
    /// <param name="result">The figures.</param>
    /// <param name="path">The file; replaced as a whole.</param>
    public static void Write(this EvaluationResult result, string path) =>
        AtomicFile.WriteText(path, result.ToJson() + "\n");

    private static void Add(JsonObject figures, object? more)
    {
        foreach ((string name, JsonNode? value) in JsonSerializer.SerializeToNode(more, Options)?.AsObject() ?? [])
        {
            figures.Add(name, value?.DeepClone());
        }
    }
}
