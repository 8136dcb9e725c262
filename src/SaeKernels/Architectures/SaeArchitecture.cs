using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>One kind of sparse autoencoder.</summary>
/// <param name="Id">The name in configurations and files.</param>
/// <param name="DisplayName">The name for people.</param>
/// <param name="Source">The paper.</param>
/// <param name="SaeLensName">The architecture as which SAELens' layout keeps it.</param>
/// <param name="HasK">Whether a configuration says how many latents are active.</param>
/// <param name="Create">Allocates a model whose parameters are zeros.</param>
public sealed record SaeArchitecture(
    string Id,
    string DisplayName,
    string Source,
    string SaeLensName,
    bool HasK,
    Func<IComputeBackend, SaeConfig, Sae> Create)
{
    /// <summary>What each latent has beside its rows and the encoder's bias; default nothing.</summary>
    public IReadOnlyList<LatentVector> LatentVectors { get; init; } = [];

    /// <summary>
    /// Whether it reconstructs another site than it reads: then the encoder sees x, not x − b_dec. Default no.
    /// </summary>
    public bool HasTarget { get; init; }

    /// <summary>Whether a linear map of the input, W_skip, is added to the reconstruction. Default no.</summary>
    public bool HasSkip { get; init; }

    /// <summary>Whether it reads and reconstructs several sites with the same latents. Default no.</summary>
    public bool HasSites { get; init; }

    /// <summary>
    /// Whether encoder and decoder may be one matrix, which takes a single site that is read and reconstructed.
    /// </summary>
    public bool CanBeTied => !this.HasTarget && !this.HasSites;

    /// <summary>
    /// What SAELens would compute otherwise with the saved model, for a person who reads its <c>cfg.json</c>; null
    /// where it computes the same.
    /// </summary>
    public string? SaeLensNote { get; init; }

    /// <summary>The name of the encoder's bias in SAELens' layout.</summary>
    public string EncoderBiasTensor { get; init; } = "b_enc";

    /// <summary>
    /// Throws <see cref="ArgumentException"/> where a configuration is outside ranges of the architecture's own;
    /// null where there are none.
    /// </summary>
    public Action<SaeConfig>? Validate { get; init; }
}
