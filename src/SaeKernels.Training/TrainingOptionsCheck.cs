using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>The ranges of <see cref="TrainingOptions"/>.</summary>
internal static class TrainingOptionsCheck
{
    private const string Where = "Training";

    /// <summary>Throws <see cref="ArgumentException"/> with the first option that is outside its range.</summary>
    public static void Require(TrainingOptions options)
    {
        Shape.Require(
            options.Latents >= 1 && options.Latents <= 1 << 28,
            Where,
            $"Latents must be between 1 and {1 << 28}, but is {options.Latents}.",
            "Choose a dictionary size such as 8 times the input width.");
        RequireUntied(options);
        RequireSparsity(options);
        Shape.Require(
            options.Batch >= 1 && options.Batch <= 1 << 22,
            Where,
            $"Batch must be between 1 and {1 << 22}, but is {options.Batch}.",
            "2048 suits most data.");
        Shape.Require(
            options.Tokens is null || options.Steps is null,
            Where,
            $"Tokens and Steps exclude each other, but are {options.Tokens} and {options.Steps}.",
            "Give one of them.");
        RequireLength(nameof(options.Tokens), options.Tokens);
        Shape.Require(
            options.Steps is null or (>= 1 and <= 1L << 40),
            Where,
            $"Steps must be between 1 and {1L << 40}, but is {options.Steps}.",
            "Change Steps.");
        RequireOptimizer(options);
        RequireDeadLatents(options);
        RequireResampling(options);
    }

    /// <summary>Throws where an architecture cannot be trained on a number of sites.</summary>
    public static void RequireSites(SaeArchitecture architecture, int sites)
    {
        string several = string.Join(
            ", ", SaeArchitectures.All.Where(known => known.HasTarget || known.HasSites).Select(known => known.Id));
        (bool holds, string wanted, string remedy) = architecture switch
        {
            { HasTarget: true } => (sites == 2, "the data must have 2 sites, what is read and what is reconstructed,",
                "Join the two stores."),
            { HasSites: true } => (sites >= 2, "the data must have 2 sites or more", "Join the stores of all sites."),
            _ => (sites == 1, "the data must have 1 site", $"Leave the others out, or choose one of {several}."),
        };
        Shape.Require(holds, Where, $"{wanted} for {architecture.Id}, but has {sites}.", remedy);
    }

    /// <summary>Throws where vectors cannot be normalised one by one.</summary>
    public static void RequireNormalization(
        NormalizationKind? normalize, SaeArchitecture architecture, IReadOnlyList<int> sites)
    {
        if (normalize != NormalizationKind.LayerNorm)
        {
            return;
        }

        Shape.Require(
            !architecture.HasTarget,
            Where,
            $"Normalize must be another kind for {architecture.Id}, which cannot know the mean and deviation of a "
            + $"vector that it does not read, but is {normalize}.",
            "Scale all vectors alike.");
        Shape.Require(
            sites.Min() > 1,
            Where,
            $"Normalize must be another kind for vectors of width {sites.Min()}, which have no deviation, but is "
            + $"{normalize}.",
            "Give wider vectors.");
    }

    /// <summary>Throws where tied weights are wanted of what cannot have them.</summary>
    private static void RequireUntied(TrainingOptions options)
    {
        Shape.Require(
            !options.TiedWeights || SaeArchitectures.Get(options.Architecture).CanBeTied,
            Where,
            $"TiedWeights must be false for {options.Architecture}, which does not read the one site that it "
            + $"reconstructs, but is {options.TiedWeights}.",
            "Choose an architecture with one site.");
        Shape.Require(
            !options.TiedWeights || options.ResampleEvery is null,
            Where,
            $"TiedWeights must be false with ResampleEvery = {options.ResampleEvery}, which gives encoder rows a "
            + $"length of their own, but is {options.TiedWeights}.",
            "Leave one of them out.");
    }

    private static void RequireSparsity(TrainingOptions options)
    {
        ArchitectureTraining training = TrainingObjectives.Get(options.Architecture);
        if (!training.Has(ArchitectureOptions.TargetL0))
        {
            RequireOwn(training, ArchitectureOptions.K, nameof(options.K), options.K);
        }

        RequireOwn(training, ArchitectureOptions.L1Coefficient, nameof(options.L1Coefficient), options.L1Coefficient);
        RequireOwn(
            training,
            ArchitectureOptions.L1Coefficient,
            nameof(options.PenaltyWarmupSteps),
            options.PenaltyWarmupSteps);
        RequireOwn(training, ArchitectureOptions.AuxK, nameof(options.AuxK), options.AuxK);
        RequireOwn(training, ArchitectureOptions.AuxK, nameof(options.AuxKAlpha), options.AuxKAlpha);
        RequireOwn(training, ArchitectureOptions.KAnnealing, nameof(options.KStart), options.KStart);
        RequireOwn(training, ArchitectureOptions.KAnnealing, nameof(options.KAnnealSteps), options.KAnnealSteps);
        RequireAnnealing(options);
        RequireOwn(
            training,
            ArchitectureOptions.Inactive,
            nameof(options.InactiveCoefficient),
            options.InactiveCoefficient);
        Shape.Require(
            options.InactiveCoefficient is null or >= 0 && double.IsFinite(options.InactiveCoefficient ?? 0),
            Where,
            $"InactiveCoefficient must be a number of at least 0, but is {options.InactiveCoefficient}.",
            "3e-6 is usual.");
        RequireOwn(training, ArchitectureOptions.Exponent, nameof(options.EndExponent), options.EndExponent);
        Shape.Require(
            options.EndExponent is null or (> 0 and <= 1),
            Where,
            $"EndExponent must be above 0 and at most 1, but is {options.EndExponent}.",
            "0.2 is usual.");
        RequireOwn(training, ArchitectureOptions.Prefixes, nameof(options.Prefixes), ListOf(options.Prefixes));
        RequireOwn(
            training, ArchitectureOptions.Prefixes, nameof(options.PrefixWeights), ListOf(options.PrefixWeights));
        RequirePrefixes(options);
        Shape.Require(
            options.K is null || (options.K >= 1 && options.K <= options.Latents),
            Where,
            $"K must be between 1 and Latents = {options.Latents}, but is {options.K}.",
            "Lower K or raise Latents.");
        RequireListed(training, options);
        int groups = options.K ?? TrainingPlan.DefaultK;
        Shape.Require(
            !training.HasGroups || options.Latents % groups == 0,
            Where,
            $"K must divide Latents = {options.Latents} into groups of one size for {options.Architecture}, but is "
            + $"{groups}.",
            "Change K or Latents.");
        if (training.Has(ArchitectureOptions.L1Coefficient))
        {
            Shape.Require(
                options.K is null || options.L1Coefficient is null,
                Where,
                $"K and L1Coefficient exclude each other, but are {options.K} and {options.L1Coefficient}.",
                "Set K for a mean number of active latents, or L1Coefficient for a weight.");
            Shape.Require(
                options.L1Coefficient is null or >= 0 && double.IsFinite(options.L1Coefficient ?? 0),
                Where,
                $"L1Coefficient must be a number of at least 0, but is {options.L1Coefficient}.",
                "Begin with 0.1; more makes fewer latents active.");
        }
    }

    /// <summary>Throws where a wanted number of active latents could never be listed.</summary>
    private static void RequireListed(ArchitectureTraining training, TrainingOptions options)
    {
        RequireOwn(training, ArchitectureOptions.PenaltyStep, nameof(options.PenaltyStep), options.PenaltyStep);
        Shape.Require(
            options.PenaltyStep is null or (> 0 and <= 1),
            Where,
            $"PenaltyStep must be above 0 and at most 1, but is {options.PenaltyStep}.",
            "3e-4 is usual.");
        Shape.Require(
            options.PenaltyStep is null || options.L1Coefficient is null,
            Where,
            $"PenaltyStep must be left out where L1Coefficient = {options.L1Coefficient} is the weight, but is "
            + $"{options.PenaltyStep}.",
            "Leave one of them out.");
        long most = UnboundedObjective.MostEntries(1, options.Latents);
        Shape.Require(
            !training.ListsAll || options.L1Coefficient is not null || (options.K ?? TrainingPlan.DefaultK) <= most,
            Where,
            $"K must be at most an eighth of Latents = {options.Latents} for {options.Architecture}, which lists no "
            + $"more activations, but is {options.K ?? TrainingPlan.DefaultK}.",
            "Lower K or raise Latents.");
    }

    private static void RequireAnnealing(TrainingOptions options)
    {
        int k = options.K ?? TrainingPlan.DefaultK;
        Shape.Require(
            options.KStart is null || (options.KStart >= k && options.KStart <= options.Latents),
            Where,
            $"KStart must be between K = {k} and Latents = {options.Latents}, but is {options.KStart}.",
            "Leave it out for no annealing.");
        Shape.Require(
            options.KAnnealSteps is null || options.KStart is not null,
            Where,
            $"KAnnealSteps must be left out without KStart, but is {options.KAnnealSteps}.",
            "Set KStart too.");
        RequireLength(nameof(options.KAnnealSteps), options.KAnnealSteps);
    }

    private static void RequirePrefixes(TrainingOptions options)
    {
        IReadOnlyList<int> prefixes = options.Prefixes ?? [];
        for (int i = 0; i < prefixes.Count; i++)
        {
            int least = i == 0 ? 1 : prefixes[i - 1] + 1;
            Shape.Require(
                prefixes[i] >= least && prefixes[i] < options.Latents,
                Where,
                $"Prefixes must ascend from {least} to Latents − 1 = {options.Latents - 1}, but hold {prefixes[i]}.",
                "The whole dictionary needs no mention.");
        }

        IReadOnlyList<double> weights = options.PrefixWeights ?? [1];
        Shape.Require(
            options.PrefixWeights is null || (options.Prefixes is not null && weights.Count == prefixes.Count + 1),
            Where,
            $"PrefixWeights must be {prefixes.Count + 1}, one for each of Prefixes and one for all latents, but are "
            + $"{weights.Count}.",
            "Give both, or leave PrefixWeights out.");
        Shape.Require(
            weights.All(weight => weight >= 0 && double.IsFinite(weight)) && weights[^1] > 0,
            Where,
            $"PrefixWeights must be at least 0 and the last one positive, but are {string.Join(", ", weights)}.",
            "Change them.");
    }

    /// <summary>Throws where an option is given that the architecture has not.</summary>
    private static void RequireOwn(
        ArchitectureTraining training, ArchitectureOptions option, string name, object? value)
    {
        if (value is not null && !training.Has(option))
        {
            throw new ArgumentException(
                $"{Where}: {name} must be left out for {training.Architecture}, which has none, but is "
                + $"{Convert.ToString(value, CultureInfo.InvariantCulture)}. Leave it out, or choose one of "
                + $"{TrainingObjectives.With(option)}.");
        }
    }

    private static string? ListOf<T>(IReadOnlyList<T>? values)
        where T : IFormattable =>
        values is null
            ? null
            : string.Join(',', values.Select(value => value.ToString(null, CultureInfo.InvariantCulture)));

    private static void RequireOptimizer(TrainingOptions options)
    {
        RequireSchedule(options);
        RequirePositive(nameof(options.LearningRate), options.LearningRate ?? 1);
        Shape.Require(
            options.LearningRate is null or < 1e3,
            Where,
            $"LearningRate must be below 1000, but is {options.LearningRate}.",
            "Lower it.");
        RequireAveraging(options);
        RequirePositive(nameof(options.Epsilon), options.Epsilon);
        Shape.Require(
            options.MaxGradientNorm > 0,
            Where,
            $"MaxGradientNorm must be positive, but is {options.MaxGradientNorm}.",
            "Leave it out to switch clipping off.");
        RequireDecay(nameof(options.Beta1), options.Beta1);
        RequireDecay(nameof(options.Beta2), options.Beta2);
        RequireNotNegative(nameof(options.WarmupSteps), options.WarmupSteps);
        RequireNotNegative(nameof(options.DecaySteps), options.DecaySteps);
        RequireNotNegative(nameof(options.PenaltyWarmupSteps), options.PenaltyWarmupSteps);
        RequireLength(nameof(options.LogEvery), options.LogEvery);
        RequireLength(nameof(options.CheckpointEvery), options.CheckpointEvery);
    }

    private static void RequireResampling(TrainingOptions options)
    {
        ArchitectureTraining training = TrainingObjectives.Get(options.Architecture);
        RequireOwn(training, ArchitectureOptions.Resampling, nameof(options.ResampleEvery), options.ResampleEvery);
        Shape.Require(
            options.ResampleEvery is not null || (options.ResampleTimes is null && options.ResampleVectors is null),
            Where,
            $"ResampleTimes and ResampleVectors must be left out without ResampleEvery, but are "
            + $"{options.ResampleTimes?.ToString(CultureInfo.InvariantCulture) ?? "left out"} and "
            + $"{options.ResampleVectors?.ToString(CultureInfo.InvariantCulture) ?? "left out"}.",
            "Set ResampleEvery too.");
        RequireLength(nameof(options.ResampleEvery), options.ResampleEvery);
        RequireLength(nameof(options.ResampleTimes), options.ResampleTimes);
        RequireLength(nameof(options.ResampleVectors), options.ResampleVectors);
    }

    private static void RequireSchedule(TrainingOptions options)
    {
        Shape.Require(
            options.LearningRate is null || options.LearningRateRule is null,
            Where,
            $"LearningRate and LearningRateRule exclude each other, but are {options.LearningRate} and "
            + $"{options.LearningRateRule}.",
            "Give one of them.");
        if (options.LearningRateRule is string rule)
        {
            _ = LearningRateRule.Get(rule);
        }

        bool isConstant = TrainingPlan.ShapeOf(options) == LearningRateShape.Constant;
        Shape.Require(
            !isConstant || options.DecaySteps is null or 0,
            Where,
            $"DecaySteps must be left out where LearningRateShape is Constant, but is {options.DecaySteps}.",
            "Choose another shape.");
        Shape.Require(
            options.LearningRateFloor is >= 0 and < 1 && (!isConstant || options.LearningRateFloor == 0),
            Where,
            $"LearningRateFloor must be from 0 to below 1, and 0 where the rate is constant, but is "
            + $"{options.LearningRateFloor}.",
            "It is a share of the peak.");
    }

    private static void RequireAveraging(TrainingOptions options)
    {
        bool isAdam = options.Optimizer == OptimizerKind.Adam;
        bool isSignum = options.Optimizer == OptimizerKind.Signum;
        double decay = options.WeightDecay ?? 0;
        double rate = TrainingPlan.PeakOf(options);
        string most = (1 / rate).ToString("G4", CultureInfo.InvariantCulture);
        Shape.Require(
            decay >= 0 && decay * rate < 1 && (!isSignum || decay == 0),
            Where,
            $"WeightDecay must be at least 0, below 1 / LearningRate = {most}, and 0 for Signum, but is {decay}.",
            "0.01 is usual, and 0.1 for Muon.");
        // The device has the decay in float32, and an average with a decay of 1 stays at zero.
        Shape.Require(
            options.EmaDecay >= 0 && (float)options.EmaDecay < 1 && (!isSignum || options.EmaDecay == 0),
            Where,
            $"EmaDecay must be from 0 to below 1 in float32, and 0 for Signum, which averages itself, but is "
            + $"{options.EmaDecay}.",
            "0.999 is usual.");
        Shape.Require(
            options.Momentum is null || (!isAdam && options.Momentum is > 0 and < 1),
            Where,
            $"Momentum must be above 0 and below 1, and left out for Adam, but is {options.Momentum}.",
            "0.95 is usual.");
        Shape.Require(
            isAdam || !double.IsFinite(options.MaxGradientNorm),
            Where,
            $"MaxGradientNorm must be left out for {options.Optimizer}, whose steps do not depend on the gradient's "
            + $"length, but is {options.MaxGradientNorm}.",
            "Leave it out.");
    }

    private static void RequireDeadLatents(TrainingOptions options)
    {
        Shape.Require(
            options.AuxKAlpha is null || (options.AuxKAlpha >= 0 && double.IsFinite(options.AuxKAlpha.Value)),
            Where,
            $"AuxKAlpha must be a number of at least 0, but is {options.AuxKAlpha}.",
            "0 switches the auxiliary loss off.");
        RequireLength(nameof(options.AuxK), options.AuxK);
        RequireLength(nameof(options.DeadAfterTokens), options.DeadAfterTokens);
        Shape.Require(
            options.Holdout >= 0 && options.Holdout < 1,
            Where,
            $"Holdout must be from 0 to below 1, but is {options.Holdout}.",
            "0.1 holds out a tenth of the data.");
    }

    private static void RequireLength(string name, long? value) =>
        Shape.Require(
            value is null or >= 1 and <= 1L << 50,
            Where,
            $"{name} must be between 1 and {1L << 50}, but is {value}.",
            $"Change {name}.");

    private static void RequireNotNegative(string name, long? value) =>
        Shape.Require(value is null or >= 0, Where, $"{name} must be at least 0, but is {value}.", $"Change {name}.");

    private static void RequirePositive(string name, double value) =>
        Shape.Require(
            value > 0 && double.IsFinite(value),
            Where,
            $"{name} must be a positive number, but is {value}.",
            $"Change {name}.");

    private static void RequireDecay(string name, double value) =>
        Shape.Require(
            value is >= 0 and < 1, Where, $"{name} must be from 0 to below 1, but is {value}.", $"Change {name}.");
}
