using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>The figures of an evaluation by the names that JSON gives them.</summary>
internal static class EvaluationFigures
{
    private static readonly (string Name, PropertyInfo Property)[] All =
    [
        .. typeof(EvaluationResult).GetProperties()
            .Select(property => (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, property))
            .Where(pair => pair.Name is not null)
            .Select(pair => (pair.Name!, pair.property)),
    ];

    /// <summary>The names of all figures that an evaluation may have.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(figure => figure.Name)];

    /// <summary>Returns the figures that an evaluation has, in the order of its JSON.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Of(EvaluationResult result)
    {
        foreach ((string name, PropertyInfo property) in All)
        {
            if (property.GetValue(result) is object value)
            {
                yield return KeyValuePair.Create(name, Convert.ToDouble(value, CultureInfo.InvariantCulture));
            }
        }
    }

    /// <summary>Throws where a bar is about a figure that the evaluation will not have.</summary>
    /// <exception cref="ArgumentException">A figure needs the truth, or is one of training.</exception>
    public static void RequireAvailable(IEnumerable<Requirement> bars, bool hasTruth)
    {
        foreach (Requirement bar in bars)
        {
            string? need = bar.Figure switch
            {
                "mmcs_recall" or "mmcs_precision" or "mcc" when !hasTruth =>
                    "known only with the true directions. Name them with --truth.",
                "precision" or "recall" or "f1" or "uniqueness" when !hasTruth =>
                    "known only with the true codes. Name the file of sae synth with --truth.",
                "dead_fraction" =>
                    "a figure of training, which eval does not know. Use silent_fraction_eval, or read eval.json of "
                    + "the run.",
                _ => null,
            };
            if (need is not null)
            {
                throw new ArgumentException($"--require: {bar.Figure} is {need}");
            }
        }
    }
}
