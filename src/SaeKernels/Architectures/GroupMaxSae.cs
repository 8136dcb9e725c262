using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// A sparse autoencoder that clips negative pre-activations to 0 and keeps the largest of each of K groups of
/// consecutive latents.
/// </summary>
/// <remarks>
/// z = GroupMax(ReLU(b_enc + W_enc · (x − b_dec))), x̂ = b_dec + W_decᵀ · z, where group g holds the DSae / K latents
/// from g · DSae / K on. Ties go to the lowest latent index; a NaN pre-activation is kept, so that a diverged model
/// shows. Two latents of one group are never active together.
/// Source: EleutherAI's sparsify, version 1.3, activation <c>groupmax</c>.
/// </remarks>
public sealed class GroupMaxSae : Sae
{
    /// <summary>The architecture's row in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture Architecture { get; } = new(
        "groupmax",
        "GroupMax",
        "EleutherAI sparsify 1.3, github.com/EleutherAI/sparsify",
        SaeLensName: "groupmax",
        HasK: true,
        (backend, config) => new GroupMaxSae(backend, config))
    {
        SaeLensNote = "SAELens has no groupmax. After ReLU the largest of each of k groups of d_sae / k consecutive "
            + "latents is kept; k is in saekernels_config.",
        Validate = RequireGroups,
    };

    /// <summary>Allocates a model whose parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">The architecture of this class and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    public GroupMaxSae(IComputeBackend backend, SaeConfig config)
        : base(backend, config)
    {
    }

    /// <inheritdoc/>
    public override int MostActive => this.Config.K;

    /// <inheritdoc/>
    public override SparseCodes AllocateCodes(int maxRows) =>
        new(this.Backend, nameof(GroupMaxSae), maxRows, checked(maxRows * this.Config.K));

    /// <inheritdoc/>
    public override void Encode(RealMatrix activations, SparseCodes codes)
    {
        EncodeGroupMaxArguments arguments = new()
        {
            Input = Center(activations),
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            K = this.Config.K,
            Codes = codes,
        };
        this.Backend.EncodeGroupMax(arguments);
    }

    private static void RequireGroups(SaeConfig config) => Shape.Require(
        config.DSae % config.K == 0,
        nameof(SaeConfig),
        $"K must divide DSae = {config.DSae} into groups of one size for groupmax, but is {config.K}.",
        "Change K or DSae.");
}
