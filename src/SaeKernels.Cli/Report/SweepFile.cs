using System.Text.Json;
using SaeKernels.Factorization;
using SaeKernels.Report;

namespace SaeKernels.Cli;

/// <summary>Reads what <c>sae sweep</c> found, for the bounce plane of a report.</summary>
internal static class SweepFile
{
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
                ]);
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException(
                $"{path}: must be the result of a sweep, but is not: {exception.Message} Run the sweep again.",
                exception);
        }
    }

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
