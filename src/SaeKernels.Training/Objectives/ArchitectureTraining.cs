using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>How one architecture is trained: a row of <see cref="TrainingObjectives.All"/>.</summary>
/// <param name="Architecture">The architecture's id, one of <see cref="SaeArchitectures.All"/>.</param>
/// <param name="Options">The options that it has beside those of all architectures.</param>
/// <param name="MostEntries">
/// The most active entries that a batch of a run lists, those of the auxiliary loss included; it sizes memory.
/// </param>
/// <param name="Create">
/// Allocates the objective of a run from the backend that trains, the model, the run and the variance of a vector.
/// </param>
public sealed record ArchitectureTraining(
    string Architecture,
    ArchitectureOptions Options,
    Func<TrainingPlan, long> MostEntries,
    Func<IComputeBackend, SaeParameters, TrainingPlan, double, TrainingObjective> Create)
{
    /// <summary>
    /// The weight of a second loss, of four times as many latents, in the place of one on dead latents; 0 for none.
    /// </summary>
    public double MultiWeight { get; init; }

    /// <summary>
    /// The length that decoder rows and the tied encoder's start with; null for unit rows and an encoder that is scaled
    /// to reconstruct best.
    /// </summary>
    public double? InitialRowNorm { get; init; }

    /// <summary>
    /// Whether the encoder begins with numbers of deviation 1 / √DIn along the decoder's directions, not as long as
    /// they.
    /// </summary>
    public bool HasNormalEncoder { get; init; }

    /// <summary>A penalty rises over one of so many parts of the run where nobody says otherwise.</summary>
    public int PenaltyWarmupParts { get; init; } = 20;

    /// <summary>Prefixes that are drawn for each step, the whole dictionary included; 0 where none are.</summary>
    public int RandomPrefixes { get; init; }

    /// <summary>
    /// Whether all activations of a penalised encoder are listed by a selection over the batch, so that at most
    /// <see cref="UnboundedObjective.MostEntries"/> count.
    /// </summary>
    public bool ListsAll { get; init; }

    /// <summary>
    /// Whether a penalty of given weight rises over the whole run where nobody says otherwise.
    /// </summary>
    public bool WarmsUpAllTheWay { get; init; }

    /// <summary>The weight of a loss on what is not active where nobody says otherwise.</summary>
    public double InactiveCoefficient { get; init; }

    /// <summary>Numbers that the loss keeps for each latent beside those of all losses; it sizes memory.</summary>
    public int NumbersOfLatent { get; init; }

    /// <summary>Whether latents compete in groups of one size, so that K divides their number.</summary>
    public bool HasGroups { get; init; }

    /// <summary>
    /// Residuals of a batch that the loss keeps, one for each reconstruction, without those of other options; it sizes
    /// memory. Default 1.
    /// </summary>
    public int ResidualBlocks { get; init; } = 1;

    /// <summary>Whether the architecture has all of some options.</summary>
    /// <param name="options">The options.</param>
    public bool Has(ArchitectureOptions options) => (this.Options & options) == options;
}
