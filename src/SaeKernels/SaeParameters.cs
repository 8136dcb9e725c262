using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>The weights of a sparse autoencoder on one backend. Row j of both matrices belongs to latent j.</summary>
/// <remarks>New parameters are zeros.</remarks>
public sealed class SaeParameters : IDisposable
{
    /// <summary>Allocates zeros.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="config">The sizes.</param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid.</exception>
    /// <exception cref="OutOfMemoryException">The device has not that much memory; nothing stays allocated.</exception>
    public SaeParameters(IComputeBackend backend, SaeConfig config)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        long weights = (long)config.DSae * config.DIn;
        List<RealBuffer> allocated = [];
        try
        {
            allocated.Add(backend.AllocateReal(nameof(this.WEnc), weights));
            allocated.Add(backend.AllocateReal(nameof(this.BEnc), config.DSae));
            allocated.Add(backend.AllocateReal(nameof(this.WDec), weights));
            allocated.Add(backend.AllocateReal(nameof(this.BDec), config.DIn));
        }
        catch
        {
            allocated.ForEach(buffer => buffer.Dispose());
            throw;
        }

        this.WEnc = new RealMatrix(allocated[0], config.DSae, config.DIn);
        this.BEnc = allocated[1];
        this.WDec = new RealMatrix(allocated[2], config.DSae, config.DIn);
        this.BDec = allocated[3];
    }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public RealMatrix WEnc { get; }

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public RealBuffer BEnc { get; }

    /// <summary>The decoder W_dec [DSae, DIn]; a row is a dictionary direction.</summary>
    public RealMatrix WDec { get; }

    /// <summary>The decoder's bias b_dec [DIn], which the encoder subtracts first.</summary>
    public RealBuffer BDec { get; }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.WEnc.Buffer.Dispose();
        this.BEnc.Dispose();
        this.WDec.Buffer.Dispose();
        this.BDec.Dispose();
    }
}
