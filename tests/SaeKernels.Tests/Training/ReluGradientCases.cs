using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>
/// The losses of ReLU encoders, whose ties are pre-activations of exactly 0. Few activations are listed, many go
/// through blocks of latents.
/// </summary>
internal static class ReluGradientCases
{
    private const double Coefficient = 0.6;
    private const long Seed = 9;

    public static IEnumerable<GradientCase> All =>
    [
        .. Ways(21, "relu", new Options()),
        .. Ways(23, "relu", new Options { IsTied = true }),
        .. Ways(25, "relu-l1-norm", new Options { ByNorm = true }),
        .. Ways(27, "relu-l1-norm", new Options { ByNorm = true, IsTied = true }),
        .. Ways(29, "crosscoder", new Options { ByNorm = true, FirstSite = 2 }),

        // The exponent falls at steps 10, 20, …, 100: at step 35 it is 1 − 0.8 · 3/10.
        .. Ways(31, "p-anneal", new Options { Step = 35, Exponent = 0.76 }),
        Of(33, "p-anneal", isListed: false, new Options { Step = 100, Exponent = 0.2 }),
        Of(34, "p-anneal", isListed: false, new Options { Step = 9 }),
        Matryoshka(35, "all that are positive", isBelowMost: true),
        Matryoshka(37, "the largest", isBelowMost: false),
        .. Ways(63, "p-anneal", new Options { Step = 35, Exponent = 0.76, IsTied = true }),
        Matryoshka(65, "all that are positive, tied weights", isBelowMost: true, isTied: true),
    ];

    /// <summary>A share of positive pre-activations with which they are listed, or not: up to an eighth is.</summary>
    public static double Share(bool isListed) => isListed ? 0.04 : 0.5;

    private static IEnumerable<GradientCase> Ways(ulong seed, string architecture, Options options) =>
    [
        Of(seed, architecture, isListed: true, options),
        Of(seed + 1, architecture, isListed: false, options),
    ];

    private static GradientCase Of(ulong seed, string architecture, bool isListed, Options options)
    {
        GradientInputs inputs = GradientInputs.Draw(
            seed, shape => shape, Share(isListed), (_, _) => { }, options.IsTied);
        int[] sites = options.FirstSite > 0 ? [options.FirstSite, inputs.Layout.DIn - options.FirstSite] : [];
        bool hasExponent = architecture == "p-anneal";

        // Half way through the warm-up of λ, but where an exponent has its steps.
        ReluLoss loss = new(inputs, ActiveOf(inputs))
        {
            Coefficient = hasExponent ? Coefficient : Coefficient / 2,
            ByNorm = options.ByNorm,
            Sites = sites,
            Exponent = options.Exponent,
        };
        ReluObjectiveOptions objective = ObjectiveOptions(inputs, options.ByNorm) with
        {
            L1WarmupSteps = hasExponent ? 0 : 4,
            Sites = sites.Length > 0 ? sites : null,
            ExponentFirstStep = 10,
            ExponentLastStep = 100,
            EndExponent = hasExponent ? 0.2 : 1,
        };
        return new GradientCase
        {
            Architecture = architecture,
            Variant = options.Name(isListed),
            Inputs = inputs,
            Active = loss.Active,
            LostTies = Kinks(inputs),
            Loss = loss.Of,
            // Powers bend within their offset, 0.002.
            DifferenceStep = hasExponent ? 2e-5 : 3e-4,
            Create = (backend, model) => hasExponent
                ? new PAnnealObjective(backend, model, objective)
                : new ReluObjective(backend, model, objective),
            IsListed = isListed,
            IsTied = options.IsTied,
            Step = options.Step,
            Sites = sites.Length > 0 ? sites : null,
        };
    }

    /// <summary>Of what is positive, no more is kept than is listed: the largest of the batch.</summary>
    private static GradientCase Matryoshka(ulong seed, string variant, bool isBelowMost, bool isTied = false)
    {
        const long Step = 3;
        GradientInputs inputs = GradientInputs.Draw(seed, shape => shape, Share(isBelowMost), (_, _) => { }, isTied);
        int latents = inputs.Layout.Latents;
        double[][] z = inputs.PreActivations;
        bool[][] kept = HeldSelection.BatchTopK(z, MatryoshkaReluObjective.MostActive(latents, targetL0: 0));
        bool[][] active = HeldSelection.Positive(kept, z);
        ReluLoss loss = new(inputs, active)
        {
            Coefficient = Coefficient,
            ByNorm = true,
            Ends = RandomPrefixes.Draw(Seed, Step, latents, MatryoshkaReluObjective.Prefixes),
        };
        ReluObjectiveOptions options = ObjectiveOptions(inputs, byNorm: true);
        return new GradientCase
        {
            Architecture = "matryoshka-relu",
            Variant = variant,
            Inputs = inputs,
            Active = active,
            LostTies = isBelowMost ? Kinks(inputs) : HeldSelection.LostTies(active, z),
            Loss = loss.Of,
            Create = (backend, model) => new MatryoshkaReluObjective(backend, model, options, Seed),
            IsTied = isTied,
            Step = Step,
        };
    }

    private static bool[][] ActiveOf(GradientInputs inputs)
    {
        double[][] z = inputs.PreActivations;
        return HeldSelection.Pairs(z, (row, latent) => z[row][latent] > 0);
    }

    private static bool[][] Kinks(GradientInputs inputs)
    {
        double[][] z = inputs.PreActivations;
        return HeldSelection.Pairs(z, (row, latent) => z[row][latent] == 0);
    }

    private static ReluObjectiveOptions ObjectiveOptions(GradientInputs inputs, bool byNorm) => new()
    {
        Batch = inputs.Batch.Length,
        L1Coefficient = Coefficient,
        L1WarmupSteps = 0,
        ByDecoderNorm = byNorm,
        DeadAfterTokens = 1000,
        Variance = GradientCase.Variance,
        MaxGradientNorm = double.PositiveInfinity,
        ProjectDecoderGradient = false,
    };

    private sealed record Options
    {
        public bool ByNorm { get; init; }

        public bool IsTied { get; init; }

        /// <summary>The width of the first of two sites; 0 where there is one.</summary>
        public int FirstSite { get; init; }

        public long Step { get; init; } = 2;

        public double Exponent { get; init; } = 1;

        public string Name(bool isListed) => (isListed ? "listed" : "in blocks")
            + (this.IsTied ? ", tied weights" : string.Empty)
            + (this.Step > 2 ? $", step {this.Step}" : string.Empty);
    }
}
