using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Factorization;

/// <summary>What a sweep covers.</summary>
public sealed record SweepOptions
{
    /// <summary>The sizes of the dictionary, ascending; at least 2.</summary>
    public required IReadOnlyList<int> Latents { get; init; }

    /// <summary>
    /// The weights λ of the L1 penalty, or the K of top-k autoencoders; at least 2. λ is measured in √(variance of a
    /// vector), so that it means the same for activations of any scale.
    /// </summary>
    public required IReadOnlyList<double> Sparsities { get; init; }

    /// <summary>What factorises.</summary>
    public SweepSolver Solver { get; init; } = SweepSolver.Mod;

    /// <summary>
    /// How often everything is repeated with other vectors and other starts; at least 2, as the spread of the repeats
    /// is what every claim is held against.
    /// </summary>
    public int Seeds { get; init; } = 3;

    /// <summary>Random starts of a size at the largest λ, or the least K; at least 1.</summary>
    public int Restarts { get; init; } = 5;

    /// <summary>Vectors of a repeat whose codes are measured, and which the classical solver factorises.</summary>
    public int Samples { get; init; } = 4000;

    /// <summary>Whether the same is done with normal vectors of the same mean and covariance.</summary>
    public bool HasNull { get; init; } = true;

    /// <summary>
    /// Whether a constant vector is fitted beside the dictionary; of autoencoders it is b_dec.
    /// </summary>
    public bool FitsBias { get; init; } = true;

    /// <summary>Bins of the histograms of total information.</summary>
    public int Bins { get; init; } = InformationEdges.DefaultBins;

    /// <summary>Determines which vectors are drawn and where solvers begin.</summary>
    public ulong Seed { get; init; } = 42;

    /// <summary>
    /// How autoencoders are trained; Latents, K, L1Coefficient, Seed, DataSeed and Holdout are those of a cell, and
    /// Normalize stays none.
    /// </summary>
    public TrainingOptions Training { get; init; } = new() { Architecture = "relu" };

    /// <summary>Factorisations that go on side by side; 0 for one for each core. No figure depends on it.</summary>
    public int Threads { get; init; }

    /// <summary>Throws where an option is outside its range.</summary>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public void Validate()
    {
        Require(
            this.Latents.Count >= 2 && this.Latents[0] >= 1 && IsAscending(this.Latents),
            $"Latents must be at least 2 ascending sizes from 1 on, but are {string.Join(", ", this.Latents)}.",
            "List sizes below and above the one you expect.");
        Require(
            this.Sparsities.Count >= 2 && this.Sparsities[0] > 0 && IsAscending(this.Sparsities),
            $"Sparsities must be at least 2 ascending numbers above 0, but are {string.Join(", ", this.Sparsities)}.",
            "List several, so that curves can be compared at equal error.");
        Require(
            this.Seeds is >= 2 and <= 1000,
            $"Seeds must be 2 to 1000, but is {this.Seeds}.",
            "The spread between repeats decides; take 3 or more.");
        Require(
            this.Restarts is >= 1 and <= 1000, $"Restarts must be 1 to 1000, but is {this.Restarts}.", "Change it.");
        Require(this.Samples >= 2, $"Samples must be at least 2, but is {this.Samples}.", "Raise it.");
        Require(this.Bins is >= 2 and <= 65536, $"Bins must be 2 to 65536, but is {this.Bins}.", "Change it.");
        Require(
            !this.SparsitiesAreK || this.Sparsities.All(k => k == Math.Floor(k)),
            $"Sparsities must be whole numbers where they are K, but are {string.Join(", ", this.Sparsities)}.",
            "List whole numbers.");
        Require(
            this.Training.Normalize is null or NormalizationKind.None,
            $"Training.Normalize must be none, as codes and directions are measured in the units of the data, but is "
                + $"{this.Training.Normalize}.",
            "Leave it out.");
    }

    /// <summary>Lists all cells: first the data's, then the null's.</summary>
    internal IEnumerable<SweepCellKey> Cells() =>
        from isNull in this.HasNull ? [false, true] : (bool[])[false]
        from seed in Enumerable.Range(0, this.Seeds)
        from latents in this.Latents
        from sparsity in this.Sparsities
        select new SweepCellKey(isNull, seed, latents, sparsity);

    /// <summary>Returns λ from the largest on, or K from the least.</summary>
    internal double[] SparsestFirst() =>
        this.SparsitiesAreK ? [.. this.Sparsities] : [.. this.Sparsities.OrderDescending()];

    /// <summary>Returns how the autoencoder of a cell is trained from a start.</summary>
    internal TrainingOptions TrainingOf(SweepCellKey key, SweepStart start)
    {
        // Far from the seeds of the other repeats.
        const int StartShift = 32;
        ulong seed = unchecked(this.Seed + (ulong)key.Seed);
        return this.Training with
        {
            Latents = key.Latents,
            L1Coefficient = this.HasPenalty ? key.Sparsity : null,
            K = this.HasPenalty ? null : (int)key.Sparsity,
            // What begins sparse would lose its directions while the penalty is small.
            PenaltyWarmupSteps = this.HasPenalty && start.From is not null ? 0 : this.Training.PenaltyWarmupSteps,
            Seed = unchecked(seed + ((ulong)start.Number << StartShift)),
            DataSeed = seed,
            DecoderBias = this.FitsBias ? this.Training.DecoderBias : DecoderBiasStart.None,
            Holdout = 0,
        };
    }

    /// <summary>Whether λ weighs a penalty, and is no K.</summary>
    internal bool HasPenalty => this.Training.Architecture == ReluSae.Architecture.Id
        || this.Training.Architecture == ReluSae.NormWeightedArchitecture.Id;

    /// <summary>Whether sparsities are K.</summary>
    internal bool SparsitiesAreK => this.Solver == SweepSolver.Sae && !this.HasPenalty;

    private static bool IsAscending<T>(IReadOnlyList<T> values)
        where T : IComparable<T> => values.Skip(1).Zip(values).All(pair => pair.First.CompareTo(pair.Second) > 0);

    private static void Require(bool condition, string found, string remedy)
    {
        if (!condition)
        {
            throw new ArgumentException($"Sweep: {found} {remedy}");
        }
    }
}
