using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// A sparse autoencoder that decides with one bias which latents are active, and with another and a gain how much.
/// </summary>
/// <remarks>
/// With u = W_enc · (x − b_dec): z = max(e^r · u + b_mag, 0) where the gate π = u + b_gate is positive, else 0;
/// x̂ = b_dec + W_decᵀ · z. The encoder's bias of <see cref="SaeParameters.BEnc"/> is b_gate. A gate that is on with a
/// magnitude of 0 or less is no activation. A NaN pre-activation is kept, so that a diverged model shows.
/// Source: Rajamanoharan et al., "Improving dictionary learning with gated sparse autoencoders", 2024, §3.2.
/// </remarks>
public sealed class GatedSae : ThresholdSae
{
    private readonly RealBuffer gains;
    private readonly RealBuffer shifts;

    /// <summary>The architecture's row in <see cref="SaeArchitectures.All"/>.</summary>
    public static SaeArchitecture Architecture { get; } = new(
        "gated",
        "Gated",
        "Rajamanoharan et al. 2024, arXiv:2404.16014",
        SaeLensName: "gated",
        HasK: false,
        (backend, config) => new GatedSae(backend, config))
    {
        LatentVectors =
        [
            new LatentVector(LatentVector.MagnitudeBiasName, "b_mag", IsTrained: true),
            new LatentVector(LatentVector.LogGainName, "r_mag", IsTrained: true),
        ],
        EncoderBiasTensor = "b_gate",
    };

    /// <summary>Allocates a model whose parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">Architecture <c>gated</c> and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    public GatedSae(IComputeBackend backend, SaeConfig config)
        : base(backend, config)
    {
        this.gains = backend.AllocateReal("Sae.Gains", config.DSae);
        this.shifts = backend.AllocateReal("Sae.Shifts", config.DSae);
    }

    /// <inheritdoc/>
    public override void Encode(RealMatrix activations, SparseCodes codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        base.Encode(activations, codes);
        this.Backend.GateMagnitudes(new GateMagnitudesArguments
        {
            Rows = activations.Rows,
            Latents = this.Config.DSae,
            Codes = codes,
            GateBiases = this.Parameters.BEnc,
            Biases = this.Parameters.LatentVector(LatentVector.MagnitudeBiasName),
            LogGains = this.Parameters.LatentVector(LatentVector.LogGainName),
            Gate = new GatedMagnitudes(this.gains, this.shifts),
        });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.gains.Dispose();
            this.shifts.Dispose();
        }

        base.Dispose(disposing);
    }
}
