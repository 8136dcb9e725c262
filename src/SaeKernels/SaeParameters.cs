using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>The weights of a sparse autoencoder on one backend. Row j of both matrices belongs to latent j.</summary>
/// <remarks>
/// New parameters are zeros. With tied weights both matrices are one in memory: what is written to one is in the other.
/// </remarks>
public sealed class SaeParameters : IDisposable
{
    /// <summary>Allocates zeros.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="isTied">
    /// Whether encoder and decoder are one matrix; only where one site is read and reconstructed.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="config"/> is not valid, or cannot be tied.</exception>
    /// <exception cref="OutOfMemoryException">The device has not that much memory; nothing stays allocated.</exception>
    public SaeParameters(IComputeBackend backend, SaeConfig config, bool isTied = false)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
        SaeArchitecture architecture = SaeArchitectures.Get(config.Architecture);
        Shape.Require(
            !isTied || architecture.CanBeTied,
            nameof(SaeParameters),
            $"isTied must be false for {architecture.Id}, which does not read the one site that it reconstructs, but "
            + $"is {isTied}.",
            "Leave it out.");
        IReadOnlyList<LatentVector> vectors = architecture.LatentVectors;
        RealBuffer? skip = null;
        List<RealBuffer> allocated = [];
        try
        {
            allocated.Add(backend.AllocateReal(nameof(this.WEnc), (long)config.DSae * config.DIn));
            allocated.Add(backend.AllocateReal(nameof(this.BEnc), config.DSae));
            allocated.Add(isTied
                ? allocated[0]
                : backend.AllocateReal(nameof(this.WDec), (long)config.DSae * config.DOut));
            allocated.Add(backend.AllocateReal(nameof(this.BDec), config.DOut));
            foreach (LatentVector vector in vectors)
            {
                allocated.Add(backend.AllocateReal(vector.Name, config.DSae));
            }

            if (architecture.HasSkip)
            {
                skip = backend.AllocateReal(nameof(this.WSkip), (long)config.DOut * config.DIn);
            }
        }
        catch
        {
            allocated.ForEach(buffer => buffer.Dispose());
            throw;
        }

        this.WEnc = new RealMatrix(allocated[0], config.DSae, config.DIn);
        this.BEnc = allocated[1];
        this.WDec = new RealMatrix(allocated[2], config.DSae, config.DOut);
        this.BDec = allocated[3];
        this.LatentVectors = [.. vectors.Zip(allocated.Skip(4))];
        this.IsTied = isTied;
        this.HasTarget = architecture.HasTarget;
        this.WSkip = skip is null ? null : new RealMatrix(skip, config.DOut, config.DIn);
    }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public RealMatrix WEnc { get; }

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public RealBuffer BEnc { get; }

    /// <summary>The decoder W_dec [DSae, DOut]; a row is a dictionary direction.</summary>
    public RealMatrix WDec { get; }

    /// <summary>
    /// The decoder's bias b_dec [DOut], which the encoder subtracts first where it reads what is reconstructed.
    /// </summary>
    public RealBuffer BDec { get; }

    /// <summary>The path that skips the latents, W_skip [DOut, DIn]; null where the architecture has none.</summary>
    public RealMatrix? WSkip { get; }

    /// <summary>Whether both matrices are one.</summary>
    public bool IsTied { get; }

    /// <summary>Whether the model reconstructs another site than it reads, so that the encoder sees x itself.</summary>
    public bool HasTarget { get; }

    /// <summary>What the architecture's latents have beside that, each [DSae], in the architecture's order.</summary>
    public IReadOnlyList<(LatentVector Vector, RealBuffer Values)> LatentVectors { get; }

    /// <summary>Returns what the latents have under a name.</summary>
    /// <param name="name">The name of a <see cref="LatentVector"/> of the architecture.</param>
    /// <exception cref="ArgumentException">The architecture has none of that name.</exception>
    public RealBuffer LatentVector(string name)
    {
        foreach ((LatentVector vector, RealBuffer values) in this.LatentVectors)
        {
            if (vector.Name == name)
            {
                return values;
            }
        }

        throw new ArgumentException(
            $"SaeParameters: the architecture must have latent vectors named {name}, but has: "
            + $"{string.Join(", ", this.LatentVectors.Select(known => known.Vector.Name))}. Name one of them.");
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.WEnc.Buffer.Dispose();
        this.BEnc.Dispose();
        this.WDec.Buffer.Dispose();
        this.BDec.Dispose();
        this.WSkip?.Buffer.Dispose();
        foreach ((LatentVector _, RealBuffer values) in this.LatentVectors)
        {
            values.Dispose();
        }
    }
}
