using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>How the result of a sweep is written.</summary>
public static class SweepJson
{
    /// <summary>Enumerations by name, numbers that are none as <c>NaN</c>.</summary>
    internal static JsonSerializerOptions Options { get; } = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Returns the result as one JSON object; a figure that is not defined is null.</summary>
    /// <param name="result">The result.</param>
    public static string ToJson(this SweepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        JsonObject json = new()
        {
            ["verdict"] = JsonNamingPolicy.KebabCaseLower.ConvertName(result.Verdict.ToString()),
            ["latents"] = result.Latents,
            ["bracket"] = new JsonArray(result.Bracket.Previous, result.Bracket.Next),
            ["margin"] = Number(result.Margin),
            ["margin_interval"] = Interval(result.MarginInterval),
            ["margin_bits"] = Number(result.MarginBits),
            ["margin_bits_interval"] = Interval(result.MarginBitsInterval),
            ["least_at"] = result.LeastAt,
            ["null_above_data"] = Number(result.AboveData),
            ["null_information_p"] = Number(result.InformationPValue),
            ["null_agreement_p"] = Number(result.AgreementPValue),
            ["warnings"] = new JsonArray([.. result.Warnings.Select(text => JsonValue.Create(text))]),
            ["histograms"] = new JsonObject
            {
                ["bins"] = result.Edges.Bins,
                ["base"] = HistogramEntropy.Base,
                ["code_edges"] = new JsonArray(result.Edges.CodeLow, result.Edges.CodeHigh),
                ["dictionary_edges"] = new JsonArray(result.Edges.DictionaryLow, result.Edges.DictionaryHigh),
            },
            ["levels"] = new JsonArray([.. result.Levels.Select(Level)]),
            ["mmcs_precision_highest_at"] = result.Mmcs.MaxBy(size => size.Precision)?.Latents,
            ["mmcs_harmonic_highest_at"] = result.Mmcs.MaxBy(size => size.Harmonic)?.Latents,
            ["mmcs"] = new JsonArray([.. result.Mmcs.Select(Mmcs)]),
            ["maps"] = Maps(result.Maps),
            ["cells"] = new JsonArray([.. result.Cells.Select(Cell)]),
        };
        return json.ToJsonString(Options);
    }

    private static JsonObject Level(ErrorLevel level)
    {
        JsonObject bits = [];
        foreach ((int latents, double value) in level.Bits)
        {
            bits[latents.ToString(System.Globalization.CultureInfo.InvariantCulture)] = Number(value);
        }

        return new JsonObject
        {
            ["mse"] = level.Mse,
            ["owner"] = level.Owner,
            ["total_information_bits"] = bits,
        };
    }

    private static JsonObject Mmcs(SizeMmcs size) => new()
    {
        ["latents"] = size.Latents,
        ["sparsity"] = size.Sparsity,
        ["recall"] = Number(size.Recall),
        ["precision"] = Number(size.Precision),
        ["harmonic"] = Number(size.Harmonic),
    };

    private static JsonObject Maps(SweepMaps maps) => new()
    {
        ["sparsity"] = maps.SparsitiesAreK ? "k" : "lambda",
        ["latents"] = new JsonArray([.. maps.Latents.Select(latents => JsonValue.Create(latents))]),
        ["sparsities"] = Row(maps.Sparsities),
        ["mmcs_recall"] = maps.MmcsRecall is { } recall ? Rows(recall) : null,
        ["dead_share"] = Rows(maps.DeadShare),
        ["fvu"] = Rows(maps.Fvu),
        ["cosine_to_larger"] = Rows(maps.CosineToLarger),
        ["unconverged"] = Rows(maps.Unconverged),
    };

    private static JsonArray Rows(IReadOnlyList<IReadOnlyList<double>> map) => new([.. map.Select(Row)]);

    private static JsonArray Row(IReadOnlyList<double> row) => new([.. row.Select(Number)]);

    private static JsonObject Cell(SweepCell cell) => new()
    {
        ["data"] = cell.Key.IsNull ? "null" : "data",
        ["seed"] = cell.Key.Seed,
        ["latents"] = cell.Key.Latents,
        ["sparsity"] = cell.Key.Sparsity,
        ["mse"] = cell.Mse,
        ["fvu"] = Number(cell.Fvu),
        ["l0"] = cell.L0,
        ["dead_latents"] = cell.DeadLatents,
        ["total_information_bits"] = Number(cell.TotalBits),
        ["code_bits"] = Number(cell.CodeBits),
        ["dictionary_bits"] = Number(cell.DictionaryBits),
        ["description_length_bits_per_token"] = Number(cell.DescriptionLength),
        ["code_bins"] = cell.CodeBins,
        ["agreement"] = Number(cell.Agreement),
        ["cosine_to_larger"] = Number(cell.CosineToLarger),
        ["mmcs_recall"] = cell.MmcsRecall,
        ["mmcs_precision"] = cell.MmcsPrecision,
        ["start"] = cell.Start,
        ["converged"] = cell.IsConverged,
    };

    private static JsonArray Interval((double Low, double High) interval) =>
        new(Number(interval.Low), Number(interval.High));

    private static JsonValue? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;
}
