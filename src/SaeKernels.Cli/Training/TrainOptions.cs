using System.CommandLine;
using System.CommandLine.Parsing;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>The options of <c>sae train</c>.</summary>
internal sealed class TrainOptions
{
    public Option<string[]> Data { get; } = Options.Texts("--data", "PATH",
        ".npy or .safetensors files, or folders of them, each a shard of one matrix [vectors, width]. Required, "
        + "but with --resume only needed where the data moved.");

    public SiteInput Sites { get; } = new();

    public Option<string?> Tensor { get; } = Options.Text("--tensor", "NAME",
        "Tensor to read from .safetensors files. Default: activations, or else the only 2-D tensor.");

    public Option<bool> AllowShort { get; } = Options.Flag("--allow-short",
        "Use a last shard that was cut off as far as it goes. Default: a cut-off file is a fault.");

    public Option<HashMode?> Hash { get; } = Options.Choice<HashMode>("--hash", "sampled|full",
        "What of the data its fingerprint in run.json covers. Default: sampled (headers, sizes and sampled blocks).");

    public Option<string?> Out { get; } = Options.Text("--out", "RUN",
        "Folder of the run. Required. It may exist, but must not hold a run, unless --resume or --force is given.");

    public Option<bool> Resume { get; } = Options.Flag("--resume",
        "Continue the run in --out from its newest checkpoint; data and configuration come from its run.json.");

    public Option<bool> Force { get; } = Options.Flag("--force",
        "Replace a run in --out.");

    public Option<string?> Config { get; } = Options.Text("--config", "FILE",
        "JSON object with long option names as keys, such as {\"latents\": 4096, \"k\": 32}. The command line wins.");

    public Option<string?> Grid { get; } = Options.Text("--grid", "FILE",
        "Train several models side by side on one pass over the data: JSON object of long option names, each with a "
        + "list of values, such as {\"arch\": [\"topk\", \"batchtopk\"], \"k\": [16, 32]}; one run for each "
        + "combination, in a folder below --out.");

    public Option<bool> Json { get; } = Options.Flag("--json",
        "Print the held-out figures (what eval.json holds) as one JSON object on standard output, and nothing else "
        + "there.");

    public Option<string?> Preset { get; } = Options.Text("--preset", "NAME",
        $"Published recipe to begin from: {string.Join(", ", TrainingPresets.All.Select(known => known.Name))} (see "
        + "sae presets). Options beside it win. Default: none.");

    public Option<string?> Architecture { get; } = Options.Text("--arch", "ID",
        $"Architecture: {string.Join(", ", SaeArchitectures.All.Select(known => known.Id))}. Transcoders need "
        + "--target, crosscoders --site. Default: topk.");

    public Option<int?> Latents { get; } = Options.Number<int>("--latents", "N",
        "Dictionary size. Default: 1024.");

    public Option<bool> Tied { get; } = Options.Flag("--tied",
        "Keep encoder and decoder one matrix throughout; both are written when the model is saved. Not for transcoders "
        + "and crosscoders. Default: two matrices that begin alike.");

    public Option<int?> K { get; } = Options.Number<int>("--k", "N",
        "Active latents of each vector, 1 to --latents. Default: 16. With "
        + $"{TrainingObjectives.With(ArchitectureOptions.TargetL0)} their mean number, to which the weight of the "
        + "penalty is adapted unless --l1 fixes it.");

    public Option<int?> KStart { get; } = Options.Number<int>("--k-start", "N",
        "Active latents of each vector at the beginning, --k to --latents; the number falls linearly to --k. With "
        + $"{TrainingObjectives.With(ArchitectureOptions.KAnnealing)}. Default: no annealing.");

    public Option<long?> KAnneal { get; } = Options.Number<long>("--k-anneal", "N",
        "Steps over which it falls, with --k-start. Default: a tenth of the run.");

    public Option<int[]?> Prefixes { get; } = Options.NumberList<int>("--prefixes", "N,N,...",
        "How many of the first latents reconstruct on their own, ascending and below --latents; the whole dictionary "
        + $"always does. With {TrainingObjectives.With(ArchitectureOptions.Prefixes)}. Default: an eighth, "
        + "a quarter and a half of --latents.");

    public Option<double[]?> PrefixWeights { get; } = Options.NumberList<double>("--prefix-weights", "W,W,...",
        "Weight of each prefix's loss and, last, of the whole dictionary's; they are divided by their sum. Default: "
        + "all alike.");

    public Option<double?> L1 { get; } = Options.Number<double>("--l1", "WEIGHT",
        "Weight of the sparsity penalty, in 1 / sqrt(variance of a vector); more makes fewer latents active. Only with "
        + $"{TrainingObjectives.With(ArchitectureOptions.L1Coefficient)}, instead of --k.");

    public Option<long?> PenaltyWarmup { get; } = Options.Number<long>("--penalty-warmup", "N",
        "Steps over which the penalty's weight rises from 0. Default: a twentieth of the run; a fifth with "
        + "matryoshka-relu; with jumprelu-tanh half of it, or all with --l1. Without --l1 and thresholds at "
        + "least 10 / (sqrt(width) * --lr), so that latents find directions first, but no more than half of the run.");

    public Option<double?> PenaltyStep { get; } = Options.Number<double>("--penalty-step", "STEP",
        "How much the logarithm of the penalty's weight changes in each step, up or down, until --k is reached; above "
        + $"0 and at most 1, not beside --l1. With {TrainingObjectives.With(ArchitectureOptions.PenaltyStep)}. "
        + "Default: as much as the distance from --k asks for.");

    public Option<double?> EndExponent { get; } = Options.Number<double>("--p-end", "P",
        "Last exponent of the penalty, above 0 and at most 1; it falls from 1 in ten parts, from a tenth of the run on "
        + $"until --decay begins. With {TrainingObjectives.With(ArchitectureOptions.Exponent)}. Default: 0.2.");

    public Option<NormalizationKind?> Normalize { get; } = Options.Choice<NormalizationKind>("--normalize", "KIND",
        "Input normalisation: none, mean (subtract the mean), unit-rms (scale to root mean square 1 per element), "
        + "expected-average-only-in (scale to mean norm sqrt(width)), equal-variance (scale to a variance that is the "
        + "same for all sites), layer-norm (each vector to mean 0 and deviation 1 by its own). Each site is normalised "
        + "for itself, and all but layer-norm, which the saved model repeats, is folded into the saved weights. "
        + $"Default: none; equal-variance with {Crosscoders}.");

    public Option<DecoderBiasStart?> DecoderBias { get; } = Options.Choice<DecoderBiasStart>("--b-dec", "START",
        "Where the decoder bias starts: geometric-median, mean or zero; or none: it is zero and is not trained. "
        + "Default: geometric-median.");

    public Option<long?> Tokens { get; } = Options.Number<long>("--tokens", "N",
        "Vectors to train on in all, repeats included. Default: the larger of 6,000,000 and one epoch.");

    public Option<long?> Steps { get; } = Options.Number<long>("--steps", "N",
        "Steps in all, instead of --tokens.");

    public Option<int?> Batch { get; } = Options.Number<int>("--batch", "N",
        "Vectors of a step. Default: 2048.");

    public OptimizerOptions Optimizer { get; } = new();

    public Option<ulong?> Seed { get; } = Options.Number<ulong>("--seed", "N",
        "Determines weights, order of the data and held-out rows. Default: 42.");

    public Option<ulong?> DataSeed { get; } = Options.Number<ulong>("--data-seed", "N",
        "Determines the order of the data and held-out rows in the place of --seed. Default: --seed, and with --grid "
        + "the seed of the first run.");

    public Option<double?> Holdout { get; } = Options.Number<double>("--holdout", "SHARE",
        "Share of the data that training never sees and that is evaluated at the end, 0 to below 1. Default: 0.1.");

    public Option<long?> DeadAfter { get; } = Options.Number<long>("--dead-after", "N",
        "A latent is dead once it was silent for this many vectors. Default: the smaller of 10,000,000 and an eighth "
        + "of the run.");

    public Option<double?> Inactive { get; } = Options.Number<double>("--inactive", "WEIGHT",
        "Weight of a loss that pulls silent latents towards their threshold: dead ones with jumprelu (default: 0), all "
        + "with jumprelu-tanh (default: 3e-6).");

    public Option<int?> AuxK { get; } = Options.Number<int>("--auxk", "N",
        "Dead latents that may help a vector. Default: half the input width, at most --latents.");

    public Option<double?> AuxKAlpha { get; } = Options.Number<double>("--auxk-alpha", "WEIGHT",
        "Weight of the loss that revives dead latents; 0 switches it off. Default: 0.03125.");

    public Option<long?> ResampleEvery { get; } = Options.Number<long>("--resample-every", "N",
        "Steps from one resampling of dead latents to the next: they begin again from vectors that are reconstructed "
        + $"badly. With {TrainingObjectives.With(ArchitectureOptions.Resampling)}. Default: no resampling.");

    public Option<int?> ResampleTimes { get; } = Options.Number<int>("--resample-times", "N",
        "How often they are resampled, with --resample-every. Default: 4.");

    public Option<int?> ResampleVectors { get; } = Options.Number<int>("--resample-vectors", "N",
        "Vectors that each resampling looks at. Default: 819,200, or all that are trained on.");

    public Option<long?> LogEvery { get; } = Options.Number<long>("--log-every", "N",
        "Steps between two rows of metrics.csv. Default: a two-hundredth of the run.");

    public Option<long?> CheckpointEvery { get; } = Options.Number<long>("--checkpoint-every", "N",
        "Steps between two checkpoints; the newest two are kept. Default: a tenth of the run.");

    public Option<string?> Device { get; } = DeviceChoice.CreateOption();

    public Option<int?> Threads { get; } = DeviceChoice.CreateThreadsOption();

    public Option<EncoderPrecision?> Precision { get; } = DeviceChoice.CreatePrecisionOption();

    private static string Crosscoders =>
        string.Join(", ", SaeArchitectures.All.Where(known => known.HasSites).Select(known => known.Id));

    /// <summary>The options that a resumed run takes from its run.json instead.</summary>
    public IReadOnlyList<Option> Settled =>
    [
        this.Tensor, this.AllowShort, this.Hash, this.Force, this.Preset, this.Architecture, this.Latents,
        this.Tied, this.K, this.KStart, this.KAnneal, this.Prefixes, this.PrefixWeights, this.L1,
        this.PenaltyWarmup, this.PenaltyStep, this.EndExponent, this.Normalize, this.DecoderBias, this.Tokens,
        this.Steps, this.Batch, .. this.Optimizer.All, this.Seed, this.DataSeed, this.Holdout, this.DeadAfter,
        this.Inactive, this.AuxK, this.AuxKAlpha, this.ResampleEvery, this.ResampleTimes, this.ResampleVectors,
        this.LogEvery, this.CheckpointEvery, this.Precision,
    ];

    /// <summary>Adds the options to a verb.</summary>
    public Verb AddTo(Verb verb) => verb
        .Group("Data", this.Data, this.Sites.Target, this.Sites.Site, this.Tensor, this.AllowShort, this.Hash)
        .Group("Run", this.Out, this.Resume, this.Force, this.Config, this.Grid, this.Json)
        .Group("Model", this.Preset, this.Architecture, this.Latents, this.Tied, this.K, this.KStart, this.KAnneal,
            this.Prefixes, this.PrefixWeights, this.L1, this.PenaltyWarmup, this.PenaltyStep, this.EndExponent,
            this.Normalize, this.DecoderBias)
        .Group("Training", this.Tokens, this.Steps, this.Batch, this.Seed, this.DataSeed, this.Holdout)
        .Group("Optimiser", this.Optimizer.All)
        .Group("Dead latents", this.DeadAfter, this.Inactive, this.AuxK, this.AuxKAlpha, this.ResampleEvery,
            this.ResampleTimes, this.ResampleVectors)
        .Group("Logging", this.LogEvery, this.CheckpointEvery)
        .Group("Device", this.Device, this.Threads, this.Precision);

    /// <summary>Returns what was chosen, as the library takes it.</summary>
    public TrainingOptions Read(ParseResult result)
    {
        TrainingOptions defaults = DefaultsOf(result);
        int? k = result.GetValue(this.K);
        double? l1 = result.GetValue(this.L1);
        return this.Optimizer.Apply(result, defaults) with
        {
            Architecture = result.GetValue(this.Architecture) ?? defaults.Architecture,
            Latents = result.GetValue(this.Latents) ?? defaults.Latents,
            TiedWeights = result.GetValue(this.Tied) || defaults.TiedWeights,
            // One of the two that is given replaces the other one of a recipe.
            K = k ?? (l1 is null ? defaults.K : null),
            L1Coefficient = l1 ?? (k is null ? defaults.L1Coefficient : null),
            PenaltyWarmupSteps = result.GetValue(this.PenaltyWarmup) ?? defaults.PenaltyWarmupSteps,
            PenaltyStep = result.GetValue(this.PenaltyStep) ?? (l1 is null ? defaults.PenaltyStep : null),
            KStart = result.GetValue(this.KStart) ?? defaults.KStart,
            KAnnealSteps = result.GetValue(this.KAnneal) ?? defaults.KAnnealSteps,
            Prefixes = result.GetValue(this.Prefixes) is { Length: > 0 } prefixes ? prefixes : defaults.Prefixes,
            PrefixWeights = result.GetValue(this.PrefixWeights) is { Length: > 0 } weights
                ? weights
                : defaults.PrefixWeights,
            InactiveCoefficient = result.GetValue(this.Inactive) ?? defaults.InactiveCoefficient,
            EndExponent = result.GetValue(this.EndExponent) ?? defaults.EndExponent,
            Batch = result.GetValue(this.Batch) ?? defaults.Batch,
            Tokens = result.GetValue(this.Tokens),
            Steps = result.GetValue(this.Steps),
            Seed = result.GetValue(this.Seed) ?? defaults.Seed,
            DataSeed = result.GetValue(this.DataSeed),
            AuxKAlpha = result.GetValue(this.AuxKAlpha) ?? defaults.AuxKAlpha,
            AuxK = result.GetValue(this.AuxK) ?? defaults.AuxK,
            DeadAfterTokens = result.GetValue(this.DeadAfter) ?? defaults.DeadAfterTokens,
            ResampleEvery = result.GetValue(this.ResampleEvery) ?? defaults.ResampleEvery,
            ResampleTimes = result.GetValue(this.ResampleTimes) ?? defaults.ResampleTimes,
            ResampleVectors = result.GetValue(this.ResampleVectors) ?? defaults.ResampleVectors,
            Normalize = result.GetValue(this.Normalize) ?? defaults.Normalize,
            Holdout = result.GetValue(this.Holdout) ?? defaults.Holdout,
            DecoderBias = result.GetValue(this.DecoderBias) ?? defaults.DecoderBias,
            LogEvery = result.GetValue(this.LogEvery),
            CheckpointEvery = result.GetValue(this.CheckpointEvery),
        };
    }

    /// <summary>Throws where an option is given that a resumed run takes from its run.json.</summary>
    public void RequireNothingSettled(ParseResult result)
    {
        List<string> given = [.. this.Settled
            .Where(option => result.GetResult(option) is OptionResult { Implicit: false })
            .Select(option => option.Name)];
        if (given.Count > 0)
        {
            throw new ArgumentException(
                $"--resume: the configuration must be the one in run.json, but {string.Join(", ", given)} "
                + $"{(given.Count == 1 ? "was" : "were")} given. Leave {(given.Count == 1 ? "it" : "them")} out, "
                + "or begin a new run in another folder.");
        }
    }

    private TrainingOptions DefaultsOf(ParseResult result)
    {
        if (result.GetValue(this.Preset) is not string name)
        {
            return new TrainingOptions();
        }

        TrainingPreset preset = TrainingPresets.Get(name);
        return preset.Options(result.GetValue(this.Latents) ?? preset.Latents);
    }
}
