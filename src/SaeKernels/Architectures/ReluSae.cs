using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// A sparse autoencoder that keeps every positive pre-activation; training with an L1 penalty makes them few.
/// </summary>
/// <remarks>
/// z = ReLU(b_enc + W_enc · (x − b_dec)), x̂ = b_dec + W_decᵀ · z. A NaN pre-activation is kept, so that a diverged
/// model shows. The architectures differ in what training pays for: activations, with decoder rows of unit length
/// (<c>relu</c>), activations times the length of their decoder row, which is free (<c>relu-l1-norm</c>), or a power of
/// activations that falls during training, with rows of unit length (<c>p-anneal</c>). <c>matryoshka-relu</c> pays as
/// <c>relu-l1-norm</c>, for each of several prefixes of the latents.
/// Source: Bricken et al., "Towards monosemanticity", 2023; Conerly et al., "Update on how we train SAEs", April 2024;
/// Karvonen et al. 2024.
/// </remarks>
public sealed class ReluSae : ThresholdSae
{
    /// <summary>The row of unit-length decoders in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture Architecture { get; } = new(
        "relu",
        "ReLU + L1",
        "Bricken et al. 2023, transformer-circuits.pub/2023/monosemantic-features",
        SaeLensName: "standard",
        HasK: false,
        (backend, config) => new ReluSae(backend, config));

    /// <summary>The row of free decoders in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture NormWeightedArchitecture { get; } = new(
        "relu-l1-norm",
        "ReLU + L1 weighted by decoder norm",
        "Conerly et al. 2024, transformer-circuits.pub/2024/april-update",
        SaeLensName: "standard",
        HasK: false,
        (backend, config) => new ReluSae(backend, config));

    /// <summary>The row of a falling exponent in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture PAnnealArchitecture { get; } = Architecture with
    {
        Id = "p-anneal",
        DisplayName = "ReLU + p-annealing",
        Source = "Karvonen et al. 2024, arXiv:2408.00113",
    };

    /// <summary>
    /// The row in <see cref="SaeArchitectures.All"/> of a model whose first latents reconstruct on their own, as many
    /// as each step of training draws.
    /// </summary>
    public static SaeArchitecture MatryoshkaArchitecture { get; } = NormWeightedArchitecture with
    {
        Id = "matryoshka-relu",
        DisplayName = "Matryoshka ReLU",
        Source = "Nabeshima 2024, github.com/noanabeshima/matryoshka-saes",
    };

    /// <summary>
    /// The row of a model in <see cref="SaeArchitectures.All"/> whose latents read and reconstruct several sites, each
    /// with a part of the latent's rows; training pays for activations times the sum of the lengths of those parts.
    /// </summary>
    public static SaeArchitecture CrosscoderArchitecture { get; } = NormWeightedArchitecture with
    {
        Id = "crosscoder",
        DisplayName = "Crosscoder (ReLU + L1)",
        Source = "Lindsey et al. 2024, transformer-circuits.pub/2024/crosscoders",
        SaeLensName = "crosscoder",
        HasSites = true,
        SaeLensNote = "SAELens has no crosscoder. The vectors of the sites lie side by side, as wide as "
            + "saekernels_config.sites says, in that order.",
    };

    /// <summary>Allocates a model whose parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">An architecture of this class and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    public ReluSae(IComputeBackend backend, SaeConfig config)
        : base(backend, config)
    {
    }
}
