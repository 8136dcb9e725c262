using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>A sparse autoencoder on one backend: from activations to latents and back.</summary>
/// <remarks>Owns its parameters. Used by one thread at a time, as its backend is.</remarks>
public abstract class Sae : IDisposable
{
    private RealBuffer? centered;

    /// <summary>Allocates the parameters.</summary>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <param name="config">Architecture and sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    protected Sae(IComputeBackend backend, SaeConfig config)
    {
        this.Parameters = new SaeParameters(backend, config);
        this.Backend = backend;
        this.Config = config;
    }

    /// <summary>What computes.</summary>
    public IComputeBackend Backend { get; }

    /// <summary>Architecture and sizes.</summary>
    public SaeConfig Config { get; }

    /// <summary>The weights; zeros at first.</summary>
    public SaeParameters Parameters { get; }

    /// <summary>The most latents that one vector can activate.</summary>
    public abstract int MostActive { get; }

    /// <summary>Allocates codes with room for what <see cref="Encode"/> writes. The caller disposes them.</summary>
    /// <param name="maxRows">The most rows a batch may have; at least 1.</param>
    public abstract SparseCodes AllocateCodes(int maxRows);

    /// <summary>Computes the active latents of a batch.</summary>
    /// <param name="activations">The vectors x [batch, DIn]; not changed.</param>
    /// <param name="codes">Receives the latents; from <see cref="AllocateCodes"/>.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public abstract void Encode(RealMatrix activations, SparseCodes codes);

    /// <summary>Computes reconstructions x̂ = b_dec + Σ v · W_dec[i, ·] of a model without a path that skips latents.
    /// </summary>
    /// <param name="codes">The latents of the batch.</param>
    /// <param name="reconstruction">Receives x̂ [batch, DOut]; its rows are the rows of the batch.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    /// <exception cref="InvalidOperationException">
    /// The model has such a path, or layer normalisation, which brings x̂ back by what is known of x alone.
    /// </exception>
    public void Decode(SparseCodes codes, RealMatrix reconstruction)
    {
        if (this.Parameters.WSkip is not null)
        {
            throw new InvalidOperationException(
                $"{GetType().Name}: Decode needs the activations for {this.Config.Architecture}, which maps them past "
                + "the latents, but has none. Pass them.");
        }

        if (this.Config.HasLayerNorm)
        {
            throw new InvalidOperationException(
                $"{GetType().Name}: Decode needs the activations, whose mean and deviation the reconstruction of a "
                + "model with layer normalisation has, but has none. Pass them.");
        }

        DecodeLatents(codes, reconstruction);
    }

    /// <summary>Computes reconstructions x̂ = b_dec + Σ v · W_dec[i, ·], plus W_skip·x where there is one; with
    /// layer normalisation that times the deviation of x, plus its mean.</summary>
    /// <param name="codes">The latents of the batch.</param>
    /// <param name="activations">What was encoded, x [batch, DIn].</param>
    /// <param name="reconstruction">Receives x̂ [batch, DOut]; its rows are the rows of the batch.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public void Decode(SparseCodes codes, RealMatrix activations, RealMatrix reconstruction)
    {
        DecodeLatents(codes, reconstruction);
        if (this.Parameters.WSkip is RealMatrix skip)
        {
            this.Backend.LinearSum(new LinearSumArguments
            {
                Input = activations,
                Weights = skip,
                Start = reconstruction,
                Scale = 1,
                Sum = reconstruction,
            });
        }

        if (this.Config.HasLayerNorm)
        {
            DeviceLayerNorm.Restore(activations, this.Config.SiteWidths, reconstruction);
        }
    }

    private void DecodeLatents(SparseCodes codes, RealMatrix reconstruction)
    {
        SparseDecodeArguments arguments = new()
        {
            Codes = codes,
            WDec = this.Parameters.WDec,
            BDec = this.Parameters.BDec,
            Reconstruction = reconstruction,
        };
        this.Backend.SparseDecode(arguments);
    }

    /// <summary>Frees the parameters and scratch memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the parameters and scratch memory.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.centered?.Dispose();
            this.Parameters.Dispose();
        }
    }

    /// <summary>
    /// Subtracts b_dec from a batch, normalised first where the model does that, into scratch memory that the next call
    /// overwrites; where the encoder reads another site than is reconstructed, returns the batch.
    /// </summary>
    /// <param name="activations">The vectors x [batch, DIn]; not changed.</param>
    /// <exception cref="ArgumentException">The vectors are not DIn wide.</exception>
    protected RealMatrix Center(RealMatrix activations)
    {
        Shape.RequireMatrix(GetType().Name, nameof(activations), activations, activations.Rows, this.Config.DIn);
        if (SaeArchitectures.Get(this.Config.Architecture).HasTarget)
        {
            return activations;
        }

        long elements = (long)activations.Rows * activations.Columns;
        if (this.centered is null || this.centered.Length < elements)
        {
            this.centered?.Dispose();
            this.centered = null;
            this.centered = this.Backend.AllocateReal("Sae.Centered", elements);
        }

        RealMatrix result = new(this.centered, activations.Rows, activations.Columns);
        if (this.Config.HasLayerNorm)
        {
            DeviceLayerNorm.Apply(activations, this.Config.SiteWidths, result);
            activations = result;
        }

        CenterArguments arguments = new()
        {
            Activations = activations,
            BDec = this.Parameters.BDec,
            Centered = result,
        };
        this.Backend.Center(arguments);
        return result;
    }
}
