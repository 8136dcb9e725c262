using System.CommandLine;
using System.Text.RegularExpressions;

namespace SaeKernels.Cli;

/// <summary>The options that set members of the libraries, so that a library's message can name the option.</summary>
internal static partial class MemberNames
{
    private static readonly Dictionary<string, string> Options = new(StringComparer.Ordinal)
    {
        ["AllowShort"] = "--allow-short",
        ["Architecture"] = "--arch",
        ["AuxK"] = "--auxk",
        ["AuxKAlpha"] = "--auxk-alpha",
        ["Batch"] = "--batch",
        ["CheckpointEvery"] = "--checkpoint-every",
        ["Counted"] = "--density-thresholds",
        ["DSae"] = "--latents",
        ["DataSeed"] = "--data-seed",
        ["DeadAfterTokens"] = "--dead-after",
        ["DecaySteps"] = "--decay",
        ["DenseAbove"] = "--dense-above",
        ["Documents"] = "--documents",
        ["Examples"] = "--examples",
        ["Features"] = "--features",
        ["Hidden"] = "--hidden",
        ["Holdout"] = "--holdout",
        ["K"] = "--k",
        ["KAnnealSteps"] = "--k-anneal",
        ["KStart"] = "--k-start",
        ["L1Coefficient"] = "--l1",
        ["Labels"] = "--labels",
        ["Preset"] = "--preset",
        ["Latents"] = "--latents",
        ["EmaDecay"] = "--ema",
        ["LearningRate"] = "--lr",
        ["LearningRateFloor"] = "--lr-floor",
        ["LearningRateRule"] = "--lr-rule",
        ["LearningRateShape"] = "--lr-schedule",
        ["LogEvery"] = "--log-every",
        ["MaxGradientNorm"] = "--clip",
        ["Momentum"] = "--momentum",
        ["Normalize"] = "--normalize",
        ["Bins"] = "--bins",
        ["ResampleEvery"] = "--resample-every",
        ["ResampleTimes"] = "--resample-times",
        ["ResampleVectors"] = "--resample-vectors",
        ["Restarts"] = "--restarts",
        ["Samples"] = "--samples",
        ["Seeds"] = "--seeds",
        ["Sparsities"] = "--l1",
        ["PrefixWeights"] = "--prefix-weights",
        ["EndExponent"] = "--p-end",
        ["InactiveCoefficient"] = "--inactive",
        ["Prefixes"] = "--prefixes",
        ["PenaltyStep"] = "--penalty-step",
        ["PenaltyWarmupSteps"] = "--penalty-warmup",
        ["Port"] = "--port",
        ["Steps"] = "--steps",
        ["TensorName"] = "--tensor",
        ["TiedWeights"] = "--tied",
        ["Tokens"] = "--tokens",
        ["WarmupSteps"] = "--warmup",
        ["WeightDecay"] = "--weight-decay",
    };

    /// <summary>
    /// Replaces members by the options of a command that set them; a command without the option keeps the member.
    /// </summary>
    public static string ToOptions(string message, Command command) => Word().Replace(message, match =>
        Options.TryGetValue(match.Value, out string? option) && command.Options.Any(known => known.Name == option)
            ? option
            : match.Value);

    [GeneratedRegex(@"(?<![\w./\\'-])[A-Z][A-Za-z0-9]*(?![\w./\\'-]*[\w/\\'-])", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
