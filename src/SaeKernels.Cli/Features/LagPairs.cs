using System.CommandLine;
using System.Globalization;
using CsvHelper;
using SaeKernels.Files;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary><c>sae features --lag-pairs</c>: cross-correlations of chosen latents at every lag.</summary>
internal static class LagPairs
{
    /// <summary>The option that names the table.</summary>
    public static Option<string?> Out { get; } = Options.Text("--lag-pairs", "FILE",
        ".csv with a row for every two of the latents of --lags-of and every lag from -N to N: how often the other one "
        + "is active so many tokens later, and the correlation. Default: no file.");

    /// <summary>Returns the table's name; null where none is wanted.</summary>
    /// <exception cref="ArgumentException">It is no .csv, or no latents are chosen.</exception>
    public static string? Require(ParseResult result, (int MaxLag, int[]? Of)? lags) =>
        OutputFile.Require(Out, result) is not string path ? null
            : lags is { Of: not null } ? path
            : throw new ArgumentException(
                "--lag-pairs: must come with --lags and the latents of --lags-of, but one is missing. Write --lags 8 "
                + "--lags-of 3,17.");

    /// <summary>Goes once over the data and writes the table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxLag">The largest lag.</param>
    /// <param name="latents">The latents.</param>
    /// <param name="sae">The model.</param>
    /// <param name="source">The data.</param>
    public static void Write(string path, int maxLag, int[] latents, Sae sae, VectorSource source)
    {
        int[] chosen = [.. latents.Distinct()];
        CrossCorrelationMetric metric = new(sae.Config.DSae, maxLag, chosen, chosen);
        PassDisplay.Run(source.Count, 1, progress =>
        {
            new LatentPass { Collectors = [metric], Progress = progress }.Run(sae, source);
            return metric;
        });
        AtomicFile.Write(path, stream =>
        {
            using CsvWriter writer = new(new StreamWriter(stream, leaveOpen: true), CultureInfo.InvariantCulture);
            WriteRow(writer, "latent", "other", "lag", "pairs", "together", "correlation");
            foreach (int latent in chosen)
            {
                foreach (int other in chosen)
                {
                    for (int lag = -maxLag; lag <= maxLag; lag++)
                    {
                        WriteRow(
                            writer,
                            latent,
                            other,
                            lag,
                            metric.Pairs(lag),
                            metric.Together(latent, other, lag),
                            metric.Correlation(latent, other, lag));
                    }
                }
            }
        });
    }

    private static void WriteRow(CsvWriter writer, params ReadOnlySpan<object> fields)
    {
        foreach (object field in fields)
        {
            writer.WriteField(Convert.ToString(field, CultureInfo.InvariantCulture));
        }

        writer.NextRecord();
    }
}
