using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>A sparse autoencoder that keeps every pre-activation above a threshold, however many there are.</summary>
/// <remarks>
/// z = p where p = b_enc + W_enc · (x − b_dec) exceeds its latent's threshold, else 0. The threshold is the latent
/// vector of that name where the architecture has one, else 0. A NaN pre-activation is kept, so that a diverged model
/// shows.
/// </remarks>
public abstract class ThresholdSae : Sae
{
    private readonly RealBuffer? threshold;

    /// <summary>Allocates a model whose parameters are zeros.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">Architecture and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    private protected ThresholdSae(IComputeBackend backend, SaeConfig config)
        : base(backend, config)
    {
        bool has = SaeArchitectures.Get(config.Architecture).LatentVectors
            .Any(vector => vector.Name == LatentVector.ThresholdName);
        this.threshold = has ? this.Parameters.LatentVector(LatentVector.ThresholdName) : null;
    }

    /// <inheritdoc/>
    public override int MostActive => this.Config.DSae;

    /// <inheritdoc/>
    public override SparseCodes AllocateCodes(int maxRows) =>
        new(this.Backend, GetType().Name, maxRows, checked(maxRows * this.Config.DSae));

    /// <inheritdoc/>
    public override void Encode(RealMatrix activations, SparseCodes codes)
    {
        EncodeThresholdArguments arguments = new()
        {
            Input = Center(activations),
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            Threshold = this.threshold,
            Codes = codes,
        };
        this.Backend.EncodeThreshold(arguments);
    }
}
