using System.Text.Json;
using System.Text.Json.Nodes;
using SaeKernels.Files;

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
    public static string ToJson(this EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        JsonObject figures = JsonSerializer.SerializeToNode(result, Options)!.AsObject();
        JsonObject variants = JsonSerializer.SerializeToNode(result.Variants, Options)?.AsObject() ?? [];
        foreach ((string name, JsonNode? value) in variants)
        {
            figures.Add(name, value?.DeepClone());
        }

        return figures.ToJsonString(Options);
    }

    /// <summary>Writes the figures to a file.</summary>
    /// <param name="result">The figures.</param>
    /// <param name="path">The file; replaced as a whole.</param>
    public static void Write(this EvaluationResult result, string path) =>
        AtomicFile.WriteText(path, result.ToJson() + "\n");
}
