using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;
using CsvHelper.Configuration.Attributes;
using SaeKernels.Files;

namespace SaeKernels.Training;

/// <summary>One trained model of a comparison of architectures on data with known truth.</summary>
public sealed record ComparisonRow
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The architecture's id.</summary>
    [Name("architecture")]
    public required string Architecture { get; init; }

    /// <summary>The seed of the run.</summary>
    [Name("seed")]
    public required ulong Seed { get; init; }

    /// <summary>The wanted mean number of active latents.</summary>
    [Name("k")]
    public required int K { get; init; }

    /// <summary>The number of latents.</summary>
    [Name("latents")]
    public required int Latents { get; init; }

    /// <summary>Vectors of a step.</summary>
    [Name("batch")]
    public required int Batch { get; init; }

    /// <summary>The peak learning rate.</summary>
    [Name("lr")]
    public required double LearningRate { get; init; }

    /// <summary>Vectors trained on.</summary>
    [Name("tokens")]
    public required long Tokens { get; init; }

    /// <summary>The mean number of active latents on held-out vectors.</summary>
    [Name("l0")]
    public required double L0 { get; init; }

    /// <summary>See <see cref="EvaluationResult.F1"/>.</summary>
    [Name("f1")]
    public required double F1 { get; init; }

    /// <summary>See <see cref="EvaluationResult.Precision"/>.</summary>
    [Name("precision")]
    public required double Precision { get; init; }

    /// <summary>See <see cref="EvaluationResult.Recall"/>.</summary>
    [Name("recall")]
    public required double Recall { get; init; }

    /// <summary>See <see cref="EvaluationResult.Mcc"/>.</summary>
    [Name("mcc")]
    public required double Mcc { get; init; }

    /// <summary>See <see cref="EvaluationResult.Uniqueness"/>.</summary>
    [Name("uniqueness")]
    public required double Uniqueness { get; init; }

    /// <summary>See <see cref="EvaluationResult.ExplainedVariance"/>.</summary>
    [Name("explained_variance")]
    public required double ExplainedVariance { get; init; }

    /// <summary>See <see cref="EvaluationResult.DeadFraction"/>.</summary>
    [Name("dead_fraction")]
    public required double DeadFraction { get; init; }

    /// <summary>The mean of ‖x̂‖ / ‖x‖.</summary>
    [Name("shrinkage")]
    public required double Shrinkage { get; init; }

    /// <summary>Held-out vectors.</summary>
    [Name("evaluated")]
    public required long Evaluated { get; init; }

    /// <summary>Vectors a second of training, side by side with all others and drawing them included.</summary>
    [Name("tokens_per_second")]
    public required double TokensPerSecond { get; init; }

    /// <summary>What a vector costs this model in training, in microseconds of a thread, without drawing it.</summary>
    [Name("step_us")]
    public required double StepMicroseconds { get; init; }

    /// <summary>What a vector costs to draw, in microseconds of a processor, once for all models.</summary>
    [Name("drawing_us")]
    public required double DrawingMicroseconds { get; init; }

    /// <summary>The device's id and own name.</summary>
    [Name("device")]
    public required string Device { get; init; }

    /// <summary>Reads a row that <see cref="WriteJson"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ComparisonRow ReadJson(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<ComparisonRow>(File.ReadAllText(path), Indented)
                ?? throw new JsonException("it is null.");
        }
        catch (JsonException fault)
        {
            throw new InvalidDataException(
                $"{path}: must be a row of a comparison, but is not: {fault.Message} Remove it; it is made again.",
                fault);
        }
    }

    /// <summary>Writes a table.</summary>
    /// <param name="path">The .csv file; replaced as a whole.</param>
    /// <param name="rows">The rows.</param>
    public static void WriteTable(string path, IEnumerable<ComparisonRow> rows) => AtomicFile.Write(path, stream =>
    {
        using StreamWriter text = new(stream, leaveOpen: true);
        using CsvWriter writer = new(text, CultureInfo.InvariantCulture);
        writer.WriteRecords(rows);
    });

    /// <summary>Writes the row.</summary>
    /// <param name="path">The .json file; replaced as a whole.</param>
    public void WriteJson(string path) => AtomicFile.WriteText(path, JsonSerializer.Serialize(this, Indented) + "\n");
}
