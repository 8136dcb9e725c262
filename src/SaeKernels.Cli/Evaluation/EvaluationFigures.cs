using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>The figures of an evaluation by the names that JSON gives them.</summary>
internal static class EvaluationFigures
{
    private static readonly (string Name, PropertyInfo Property)[] All = FiguresOf(typeof(EvaluationResult));

    private static readonly (string Name, PropertyInfo Property)[] OfOthers = FiguresOf(typeof(PublishedVariants));

    private static readonly (string Name, PropertyInfo Property)[] OfInformation =
        FiguresOf(typeof(InformationFigures));

    /// <summary>The names of all figures that an evaluation may have.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. All.Concat(OfOthers).Concat(OfInformation).Select(figure => figure.Name)];

    /// <summary>Returns the figures that an evaluation has, in the order of its JSON.</summary>
    public static IEnumerable<KeyValuePair<string, double>> Of(
        EvaluationResult result, InformationFigures? information) =>
        [.. Read(All, result), .. Read(OfOthers, result.Variants), .. Read(OfInformation, information)];

    /// <summary>Throws where a bar is about a figure that the evaluation will not have.</summary>
    /// <exception cref="ArgumentException">
    /// A figure needs the truth or further passes, or is one of training.
    /// </exception>
    public static void RequireAvailable(IEnumerable<Requirement> bars, bool hasTruth, bool hasInformation)
    {
        foreach (Requirement bar in bars)
        {
            string? need = bar.Figure switch
            {
                "mmcs_recall" or "mmcs_precision" or "mcc" or "mmcs_harmonic" or "recovered_fraction"
                    or "genuine_fraction" or "mmcs_recall_random" or "mmcs_precision_random" or "mcc_random"
                    when !hasTruth =>
                    "known only with the true directions. Name them with --truth.",
                "precision" or "recall" or "f1" or "uniqueness" when !hasTruth =>
                    "known only with the true codes. Name the file of sae synth with --truth.",
                "dead_fraction" =>
                    "a figure of training, which eval does not know. Use silent_fraction_eval, or read eval.json of "
                    + "the run.",
                _ when !hasInformation && OfInformation.Any(figure => figure.Name == bar.Figure) =>
                    "measured on demand only. Add --information.",
                _ => null,
            };
            if (need is not null)
            {
                throw new ArgumentException($"--require: {bar.Figure} is {need}");
            }
        }
    }

    private static (string Name, PropertyInfo Property)[] FiguresOf(Type type) =>
    [
        .. type.GetProperties()
            .Select(property => (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, property))
            .Where(pair => pair.Name is not null)
            .Select(pair => (pair.Name!, pair.property)),
    ];

    private static IEnumerable<KeyValuePair<string, double>> Read(
        (string Name, PropertyInfo Property)[] figures, object? values)
    {
        foreach ((string name, PropertyInfo property) in values is null ? [] : figures)
        {
            if (property.GetValue(values) is object value)
            {
                yield return KeyValuePair.Create(name, Convert.ToDouble(value, CultureInfo.InvariantCulture));
            }
        }
    }
}
