using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// A sparse autoencoder that keeps the pre-activations above a threshold of each latent, which is trained.
/// </summary>
/// <remarks>
/// z = p where p &gt; max(θ, 0), else 0, with p = b_enc + W_enc · (x − b_dec); x̂ = b_dec + W_decᵀ · z. A NaN
/// pre-activation is kept, so that a diverged model shows. The architectures differ in what training pays for: the
/// number of active latents, with decoder rows of unit length (<c>jumprelu</c>), or tanh of what each contributes, with
/// free rows (<c>jumprelu-tanh</c>).
/// Source: Rajamanoharan et al., "Jumping ahead: improving reconstruction fidelity with JumpReLU sparse autoencoders",
/// 2024, §2.
/// </remarks>
public sealed class JumpReluSae : ThresholdSae
{
    /// <summary>The architecture's row in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture Architecture { get; } = new(
        "jumprelu",
        "JumpReLU",
        "Rajamanoharan et al. 2024, arXiv:2407.14435",
        SaeLensName: "jumprelu",
        HasK: false,
        (backend, config) => new JumpReluSae(backend, config))
    {
        LatentVectors = [new LatentVector(LatentVector.ThresholdName, "threshold", IsTrained: true)],
    };

    /// <summary>The row of a saturating penalty in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture TanhArchitecture { get; } = Architecture with
    {
        Id = "jumprelu-tanh",
        DisplayName = "JumpReLU + tanh penalty",
        Source = "Conerly et al. 2025, transformer-circuits.pub/2025/january-update",
    };

    /// <summary>Allocates a model whose parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">Architecture <c>jumprelu</c> or <c>jumprelu-tanh</c> and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    public JumpReluSae(IComputeBackend backend, SaeConfig config)
        : base(backend, config)
    {
    }
}
