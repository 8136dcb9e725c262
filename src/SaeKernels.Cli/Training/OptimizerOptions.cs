using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>The options of <c>sae train</c> that say how gradients become steps.</summary>
internal sealed class OptimizerOptions
{
    public Option<OptimizerKind?> Optimizer { get; } = Options.Choice<OptimizerKind>("--optimizer", "NAME",
        "adam, signum (signs of gradients with schedule-free averaging, as sparsify), or muon (matrices take steps "
        + "along their orthogonalised momentum, vectors those of adam). Default: adam; with --weight-decay it is "
        + "AdamW.");

    public Option<double?> LearningRate { get; } = Options.Number<double>("--lr", "RATE",
        "Peak learning rate. Default: by --lr-rule.");

    public Option<string?> Rule { get; } = Options.Text("--lr-rule", "NAME",
        "Rule for the peak learning rate, instead of --lr: "
        + $"{string.Join(", ", LearningRateRule.All.Select(rule => $"{rule.Name} ({rule.Formula})"))}. Default: "
        + "default; sparsify-signum with --optimizer signum, sparsify-muon with --optimizer muon.");

    public Option<LearningRateShape?> Shape { get; } = Options.Choice<LearningRateShape>("--lr-schedule", "NAME",
        "How the learning rate falls at the end: linear, constant (not at all), cosine, or wsd (stable, then by one "
        + "minus a square root). Default: linear; constant with --optimizer signum.");

    public Option<double?> Floor { get; } = Options.Number<double>("--lr-floor", "SHARE",
        "Share of the peak that the learning rate falls to, 0 to below 1. Default: 0.");

    public Option<long?> Warmup { get; } = Options.Number<long>("--warmup", "N",
        "Steps over which the learning rate rises. Default: a twentieth of the run, at most 1000; none with "
        + "--optimizer signum.");

    public Option<long?> Decay { get; } = Options.Number<long>("--decay", "N",
        "Steps over which the learning rate falls at the end. Default: a fifth of the run; with --lr-schedule cosine "
        + "all after the warm-up.");

    public Option<double?> Clip { get; } = Options.Number<double>("--clip", "NORM",
        "Largest norm of the whole gradient; larger ones are scaled down. Default: no clipping.");

    public Option<double?> WeightDecay { get; } = Options.Number<double>("--weight-decay", "RATE",
        "How much of matrices each step takes off, times the learning rate (AdamW). Default: 0; 0.1 with --optimizer "
        + "muon.");

    public Option<double?> Momentum { get; } = Options.Number<double>("--momentum", "SHARE",
        "Share of the average in the weights at which --optimizer signum takes gradients, or decay of the momentum of "
        + "--optimizer muon; above 0 and below 1. Default: 0.95.");

    public Option<double?> Ema { get; } = Options.Number<double>("--ema", "DECAY",
        "Decay of a moving average of the weights, such as 0.999; the average is what is evaluated and saved. "
        + "Default: 0 (none).");

    /// <summary>All of them.</summary>
    public Option[] All =>
    [
        this.Optimizer, this.LearningRate, this.Rule, this.Shape, this.Floor, this.Warmup, this.Decay, this.Clip,
        this.WeightDecay, this.Momentum, this.Ema,
    ];

    /// <summary>Returns a choice with these options as they were given.</summary>
    public TrainingOptions Apply(ParseResult result, TrainingOptions defaults)
    {
        double? rate = result.GetValue(this.LearningRate);
        string? rule = result.GetValue(this.Rule);
        OptimizerKind? optimizer = result.GetValue(this.Optimizer);
        LearningRateShape? shape = result.GetValue(this.Shape);
        return defaults with
        {
            Optimizer = optimizer ?? defaults.Optimizer,
            // What is given replaces what it makes meaningless in a recipe.
            LearningRate = rate ?? (rule is null && optimizer is null ? defaults.LearningRate : null),
            LearningRateRule = rule ?? (rate is null && optimizer is null ? defaults.LearningRateRule : null),
            LearningRateShape = shape ?? (optimizer is null ? defaults.LearningRateShape : null),
            LearningRateFloor = result.GetValue(this.Floor) ?? defaults.LearningRateFloor,
            WarmupSteps = result.GetValue(this.Warmup) ?? (optimizer is null ? defaults.WarmupSteps : null),
            DecaySteps = result.GetValue(this.Decay)
                ?? (shape is null && optimizer is null ? defaults.DecaySteps : null),
            MaxGradientNorm = result.GetValue(this.Clip)
                ?? (optimizer is null or OptimizerKind.Adam ? defaults.MaxGradientNorm : double.PositiveInfinity),
            WeightDecay = result.GetValue(this.WeightDecay) ?? (optimizer is null ? defaults.WeightDecay : null),
            Momentum = result.GetValue(this.Momentum) ?? (optimizer is null ? defaults.Momentum : null),
            EmaDecay = result.GetValue(this.Ema) ?? defaults.EmaDecay,
        };
    }
}
