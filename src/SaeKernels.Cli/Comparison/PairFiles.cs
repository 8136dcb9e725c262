using System.Globalization;
using CsvHelper;
using SaeKernels.Files;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>Writes partners and edges of two models as text.</summary>
internal static class PairFiles
{
    /// <summary>Writes a row a latent, those of the first model before those of the second.</summary>
    public static void WritePartners(string path, PairedLatents pairs, UnitDirections first, UnitDirections second) =>
        Write(
            path,
            ["model", "latent", "density", "partner", "correlation", "masked_cosine", "decoder_cosine",
                "most_masked_partner", "most_masked_cosine"],
            Rows("first", pairs.DensityOfFirst, pairs.OfFirst, pairs.MostMaskedOfFirst, first, second)
                .Concat(Rows(
                    "second", pairs.DensityOfSecond, pairs.OfSecond, pairs.MostMaskedOfSecond, second, first)));

    /// <summary>Writes a row a pair.</summary>
    public static void WriteEdges(string path, PairedLatents pairs) => Write(
        path,
        ["first", "second", "masked_cosine", "correlation"],
        pairs.Edges.Select(edge => (object[])[edge.First, edge.Second, edge.MaskedCosine, edge.Correlation]));

    private static IEnumerable<object[]> Rows(
        string model,
        IReadOnlyList<double> densities,
        IReadOnlyList<PairedLatent> partners,
        IReadOnlyList<PairedLatent> masked,
        UnitDirections own,
        UnitDirections others) => partners.Select((pair, latent) => (object[])
        [
            model, latent, densities[latent], pair.Latent, pair.Correlation, pair.MaskedCosine,
            pair.Latent < 0 ? double.NaN : Cosine(own[latent], others[pair.Latent]),
            masked[latent].Latent, masked[latent].MaskedCosine,
        ]);

    private static double Cosine(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double sum = 0;
        for (int d = 0; d < left.Length; d++)
        {
            sum += left[d] * right[d];
        }

        return sum;
    }

    private static void Write(string path, string[] names, IEnumerable<object[]> rows) =>
        AtomicFile.Write(path, stream =>
        {
            using CsvWriter writer = new(new StreamWriter(stream, leaveOpen: true), CultureInfo.InvariantCulture);
            foreach (object[] row in rows.Prepend(names))
            {
                foreach (object field in row)
                {
                    writer.WriteField(Convert.ToString(field, CultureInfo.InvariantCulture));
                }

                writer.NextRecord();
            }
        });
}
