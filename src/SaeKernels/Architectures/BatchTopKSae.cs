using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// A sparse autoencoder that training shows whole batches, keeping K latents a vector on average, and that afterwards
/// keeps what exceeds a threshold, so that a vector's latents do not depend on its neighbours.
/// </summary>
/// <remarks>
/// z = p where p &gt; θ and p &gt; 0, else 0, with p = b_enc + W_enc · (x − b_dec); x̂ = b_dec + W_decᵀ · z. θ is one
/// number for all latents, which training sets to a running mean of the smallest activation that a batch keeps; before
/// the first step it is 0. <c>matryoshka-batchtopk</c> computes the same: training makes every prefix of its latents
/// reconstruct on its own.
/// Source: Bussmann et al., "BatchTopK sparse autoencoders", 2024, §3; Bussmann et al., "Learning multi-level features
/// with Matryoshka sparse autoencoders", 2025.
/// </remarks>
public sealed class BatchTopKSae : ThresholdSae
{
    private static readonly LatentVector Threshold =
        new(LatentVector.ThresholdName, "threshold", IsTrained: false);

    /// <summary>The row of <c>batchtopk</c> in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture Architecture { get; } =
        Row("batchtopk", "BatchTopK", "Bussmann et al. 2024, arXiv:2412.06410");

    /// <summary>The row of <c>matryoshka-batchtopk</c> in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture MatryoshkaArchitecture { get; } =
        Row("matryoshka-batchtopk", "Matryoshka BatchTopK", "Bussmann et al. 2025, arXiv:2503.17547");

    /// <summary>
    /// The row of <c>crosscoder-batchtopk</c> in <see cref="SaeArchitectures.All"/>: latents that read and reconstruct
    /// several sites.
    /// </summary>
    public static SaeArchitecture CrosscoderArchitecture { get; } =
        Row("crosscoder-batchtopk", "Crosscoder (BatchTopK)", "Minder et al. 2025, arXiv:2504.02922") with
        {
            SaeLensName = ReluSae.CrosscoderArchitecture.SaeLensName,
            HasSites = true,
            SaeLensNote = ReluSae.CrosscoderArchitecture.SaeLensNote,
        };

    /// <summary>Allocates a model whose parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">An architecture of this class and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    public BatchTopKSae(IComputeBackend backend, SaeConfig config)
        : base(backend, config)
    {
    }

    private static SaeArchitecture Row(string id, string displayName, string source) => new(
        id,
        displayName,
        source,
        SaeLensName: "jumprelu",
        HasK: true,
        (backend, config) => new BatchTopKSae(backend, config))
    {
        LatentVectors = [Threshold],
    };
}
