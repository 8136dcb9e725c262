using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// A sparse autoencoder that keeps the K largest pre-activations of each vector and clips negative ones to 0.
/// </summary>
/// <remarks>
/// z = ReLU(TopK(b_enc + W_enc · (x − b_dec))), x̂ = b_dec + W_decᵀ · z; transcoders have x in the place of x − b_dec.
/// Ties go to the lowest latent index; a NaN pre-activation is kept, so that a diverged model shows.
/// Source: Gao et al., "Scaling and evaluating sparse autoencoders", 2024, §2.3.
/// </remarks>
public sealed class TopKSae : Sae
{
    /// <summary>The architecture's row in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture Architecture { get; } = new(
        "topk",
        "TopK",
        "Gao et al. 2024, arXiv:2406.04093",
        SaeLensName: "topk",
        HasK: true,
        (backend, config) => new TopKSae(backend, config));

    /// <summary>
    /// The row in <see cref="SaeArchitectures.All"/> of a model that is trained to do with more latents too.
    /// </summary>
    public static SaeArchitecture MultiArchitecture { get; } = Architecture with
    {
        Id = "multi-topk",
        DisplayName = "Multi-TopK",
        Source = "Gao et al. 2024, arXiv:2406.04093, appendix C",
    };

    /// <summary>
    /// The row in <see cref="SaeArchitectures.All"/> of a model that reads one site and reconstructs another: the
    /// encoder sees x itself, ŷ = b_dec + W_decᵀ · z.
    /// </summary>
    public static SaeArchitecture TranscoderArchitecture { get; } = Architecture with
    {
        Id = "transcoder",
        DisplayName = "TopK transcoder",
        Source = "Dunefsky et al. 2024, arXiv:2406.11944; TopK: Paulo et al. 2025, arXiv:2501.18823",
        SaeLensName = "transcoder",
        HasTarget = true,
        SaeLensNote = "SAELens' transcoder keeps every positive pre-activation; this model keeps the k largest.",
    };

    /// <summary>
    /// The row in <see cref="SaeArchitectures.All"/> of a transcoder with a linear path beside the latents,
    /// ŷ = b_dec + W_decᵀ · z + W_skip · x.
    /// </summary>
    public static SaeArchitecture SkipTranscoderArchitecture { get; } = TranscoderArchitecture with
    {
        Id = "skip-transcoder",
        DisplayName = "TopK skip transcoder",
        Source = "Paulo et al. 2025, arXiv:2501.18823",
        SaeLensName = "skip_transcoder",
        HasSkip = true,
    };

    /// <summary>Allocates a model whose parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">An architecture of this class and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    public TopKSae(IComputeBackend backend, SaeConfig config)
        : base(backend, config)
    {
    }

    /// <inheritdoc/>
    public override int MostActive => this.Config.K;

    /// <inheritdoc/>
    public override SparseCodes AllocateCodes(int maxRows) =>
        new(this.Backend, nameof(TopKSae), maxRows, checked(maxRows * this.Config.K));

    /// <inheritdoc/>
    public override void Encode(RealMatrix activations, SparseCodes codes)
    {
        EncodeTopKArguments arguments = new()
        {
            Input = Center(activations),
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            K = this.Config.K,
            Codes = codes,
        };
        this.Backend.EncodeTopK(arguments);
    }
}
