using System.Text.Json;
using SaeKernels.Factorization;
using SaeKernels.Report;

namespace SaeKernels.Cli;

/// <summary>Reads what <c>sae sweep</c> found, for pictures of it.</summary>
internal static class SweepFile
{
    private static readonly (string Name, string Title)[] Maps =
    [
        ("mmcs_recall", "Recovery of the true directions: mmcs_recall"),
        ("dead_share", "Dead latents: dead_share"),
        ("fvu", "Reconstruction loss: fvu"),
        ("cosine_to_larger", "MMCS to the next larger dictionary: cosine_to_larger"),
    ];

    /// <summary>Reads the result in a sweep's folder: the mean over seeds at each size and sparsity.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no result.</exception>
    /// <exception cref="InvalidDataException">The file is no result of a sweep.</exception>
    public static SweepPlane Read(string folder)
    {
        string path = new SweepFolder(folder).ResultFile;
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path}: must exist, but does not. Name the folder that sae sweep --out wrote.");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            JsonElement root = document.RootElement;
            JsonElement latents = root.GetProperty("latents");
            return new SweepPlane(
                root.GetProperty("verdict").GetString()!.Replace('-', ' '),
                latents.ValueKind == JsonValueKind.Number ? latents.GetInt32() : null,
                [
                    .. root.GetProperty("cells").EnumerateArray()
                        .Where(IsMeasured).GroupBy(SizeAndSparsity).Select(MeanOf),
                ])
            {
                // Results of earlier versions have none.
                Maps = root.TryGetProperty("maps", out JsonElement maps) ? MapsOf(maps) : null,
                Histograms = root.TryGetProperty("histograms", out JsonElement histograms)
                    ? HistogramsOf(histograms)
                    : null,
            };
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(
                $"{path}: must be the result of a sweep, but is not: {exception.Message} Run the sweep again.",
                exception);
        }
    }

    private static SweepHeatMaps MapsOf(JsonElement maps) => new(
        [.. maps.GetProperty("latents").EnumerateArray().Select(latents => latents.GetInt32())],
        maps.GetProperty("sparsity").GetString() == "lambda" ? "λ" : "k",
        Row(maps.GetProperty("sparsities")),
        [
            .. Maps.Select(map => new SweepHeatMap(map.Name, map.Title, Rows(maps.GetProperty(map.Name)))),
        ],
        Rows(maps.GetProperty("unconverged")));

    private static SweepHistograms HistogramsOf(JsonElement histograms)
    {
        double[] codes = Row(histograms.GetProperty("code_edges"));
        double[] dictionary = Row(histograms.GetProperty("dictionary_edges"));
        InformationEdges edges = new((float)codes[1], (float)dictionary[1], histograms.GetProperty("bins").GetInt32())
        {
            CodeLow = (float)codes[0],
            DictionaryLow = (float)dictionary[0],
        };
        return new SweepHistograms(
            edges.Bins, histograms.GetProperty("base").GetInt32(), codes, dictionary, edges.Caption);
    }

    private static double[][] Rows(JsonElement rows) =>
        rows.ValueKind == JsonValueKind.Null ? [] : [.. rows.EnumerateArray().Select(Row)];

    private static double[] Row(JsonElement row) =>
    [
        .. row.EnumerateArray()
            .Select(value => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble()),
    ];

    private static bool IsMeasured(JsonElement cell) =>
        cell.GetProperty("data").GetString() == "data"
        && cell.GetProperty("mse").GetDouble() > 0
        && cell.GetProperty("total_information_bits").ValueKind == JsonValueKind.Number;

    private static (int Latents, double Sparsity) SizeAndSparsity(JsonElement cell) =>
        (cell.GetProperty("latents").GetInt32(), cell.GetProperty("sparsity").GetDouble());

    private static SweepPoint MeanOf(IGrouping<(int Latents, double Sparsity), JsonElement> cells) => new(
        cells.Key.Latents,
        cells.Average(cell => cell.GetProperty("mse").GetDouble()),
        cells.Average(cell => cell.GetProperty("total_information_bits").GetDouble()));
}
