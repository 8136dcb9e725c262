using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using SaeKernels.Factorization;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>The options of <c>sae sweep</c> that say what a sweep covers.</summary>
internal sealed class SweepChoices
{
    // At a smaller one of these the exact number of features is rarely found; at a larger one features fall silent.
    private static readonly double[] DefaultL1 = [0.05, 0.065, 0.08, 0.1, 0.125, 0.16, 0.2];

    public Option<string?> Latents { get; } = Options.Text("--latents", "LIST",
        "Sizes of the dictionary, such as 32,48,64; ascending, at least 2. Required.");

    public Option<SweepSolver?> Solver { get; } = Options.Choice<SweepSolver>("--solver", "sae|mod",
        "sae trains sparse autoencoders; mod is the classical solver (method of optimal directions with non-negative "
        + "LASSO). Default: sae.");

    public Option<string?> L1 { get; } = Options.Text("--l1", "LIST",
        "Weights of the L1 penalty, ascending, in 1 / sqrt(variance of a vector). Default for mod: "
        + "0.05,0.065,0.08,0.1,0.125,0.16,0.2; for sae twice that.");

    public Option<string?> K { get; } = Options.Text("--k", "LIST",
        "Active latents of each vector, ascending, instead of --l1: trains TopK autoencoders.");

    public Option<int?> Seeds { get; } = Options.Number<int>("--seeds", "N",
        "Repeats, each with other vectors and other starts; at least 2. Default: 3.");

    public Option<int?> Restarts { get; } = Options.Number<int>("--restarts", "N",
        "Random starts of a size at the largest weight, or the least --k; all else begins where neighbours ended. "
        + "Default: 5 for mod, 2 for sae.");

    public Option<int?> Samples { get; } = Options.Number<int>("--samples", "N",
        "Vectors of a repeat that are measured, and that mod factorises. Default: 4000, or all there are.");

    public Option<OnOff?> Null { get; } = Options.Choice<OnOff>("--null", "on|off",
        "Whether normal vectors of the same mean and covariance are swept alongside. Default: on.");

    public Option<OnOff?> Bias { get; } = Options.Choice<OnOff>("--bias", "on|off",
        "Whether a constant vector is fitted beside the dictionary: of autoencoders the decoder bias. Default: on.");

    public Option<int?> Bins { get; } = Options.Number<int>("--bins", "N",
        "Bins of the histograms of total information. Default: 100.");

    public Option<long?> Steps { get; } = Options.Number<long>("--steps", "N",
        "Training steps of each autoencoder. Default: as in train.");

    public Option<int?> Batch { get; } = Options.Number<int>("--batch", "N",
        "Vectors of a training step. Default: 2048.");

    public Option<double?> LearningRate { get; } = Options.Number<double>("--lr", "RATE",
        "Peak learning rate of the autoencoders. Default: as in train.");

    public Option<ulong?> Seed { get; } = Options.Number<ulong>("--seed", "N",
        "Determines which vectors are drawn and where solvers begin. Default: 42.");

    /// <summary>Returns what was chosen, as the library takes it.</summary>
    /// <exception cref="ArgumentException">A list is missing or is none.</exception>
    public SweepOptions Read(ParseResult result)
    {
        SweepSolver solver = result.GetValue(this.Solver) ?? SweepSolver.Sae;
        string? k = result.GetValue(this.K);
        string? l1 = result.GetValue(this.L1);
        if (k is not null && (l1 is not null || solver == SweepSolver.Mod))
        {
            throw new ArgumentException(
                "--k: belongs to TopK autoencoders, which have no --l1 and are no --solver mod, but was given with "
                + $"{(l1 is null ? "--solver mod" : "--l1")}. Leave one of them out.");
        }

        this.RequireUsed(result, solver);
        double[] weights = l1 is null ? [.. DefaultL1.Select(value => solver == SweepSolver.Mod ? value : 2 * value)]
            : Numbers("--l1", l1);
        TrainingOptions training = new();
        return new SweepOptions
        {
            Latents = [.. Numbers("--latents", result.GetValue(this.Latents)).Select(ToSize)],
            Sparsities = k is null ? weights : Numbers("--k", k),
            Solver = solver,
            Seeds = result.GetValue(this.Seeds) ?? 3,
            Restarts = result.GetValue(this.Restarts) ?? (solver == SweepSolver.Mod ? 5 : 2),
            Samples = result.GetValue(this.Samples) ?? 4000,
            HasNull = result.GetValue(this.Null) != OnOff.Off,
            FitsBias = result.GetValue(this.Bias) != OnOff.Off,
            Bins = result.GetValue(this.Bins) ?? InformationEdges.DefaultBins,
            Seed = result.GetValue(this.Seed) ?? 42,
            Training = training with
            {
                Architecture = k is null ? "relu" : "topk",
                Steps = result.GetValue(this.Steps),
                Batch = result.GetValue(this.Batch) ?? training.Batch,
                LearningRate = result.GetValue(this.LearningRate),
            },
        };
    }

    /// <summary>Throws where the classical solver is given an option of training.</summary>
    private void RequireUsed(ParseResult result, SweepSolver solver)
    {
        string? given = ((Option[])[this.Steps, this.Batch, this.LearningRate]).FirstOrDefault(
            option => result.GetResult(option) is OptionResult { Implicit: false })?.Name;
        if (solver == SweepSolver.Mod && given is not null)
        {
            throw new ArgumentException(
                $"{given}: belongs to --solver sae, but was given with --solver mod. Leave one of them out.");
        }
    }

    private static double[] Numbers(string option, string? list)
    {
        if (list is null)
        {
            throw new ArgumentException($"{option}: must list numbers, but is missing. Write {option} 48,64,96.");
        }

        return
        [
            .. list.Split(',').Select(part =>
                double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
                    ? number
                    : throw new ArgumentException(
                        $"{option}: must be numbers with commas between them, but has '{part}'. Write {option} "
                        + "48,64,96.")),
        ];
    }

    private static int ToSize(double number) => number is >= 1 and <= int.MaxValue && number == Math.Floor(number)
        ? (int)number
        : throw new ArgumentException(
            $"--latents: must be whole numbers from 1 on, but has {number}. Write --latents 48,64,96.");
}
