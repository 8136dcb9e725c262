using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>For how long each latent has been silent, and which are dead by that.</summary>
internal sealed class FiredLatents : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly StepScalars scalars;
    private readonly long deadAfterTokens;

    /// <summary>Allocates counters.</summary>
    /// <param name="backend">Counts.</param>
    /// <param name="scalars">Receives L0 and the number of dead latents.</param>
    /// <param name="latents">The number of latents, DSae.</param>
    /// <param name="deadAfterTokens">A latent is dead once this many vectors went by without it.</param>
    public FiredLatents(IComputeBackend backend, StepScalars scalars, int latents, long deadAfterTokens)
    {
        this.backend = backend;
        this.scalars = scalars;
        this.deadAfterTokens = deadAfterTokens;
        this.TokensSinceFired = backend.AllocateLong("TokensSinceFired", latents);
        this.DeadMask = backend.AllocateInt("DeadMask", latents);
    }

    /// <summary>The vectors that went by since each latent was last active, [DSae].</summary>
    public LongBuffer TokensSinceFired { get; }

    /// <summary>1 for each dead latent, [DSae].</summary>
    public IntBuffer DeadMask { get; }

    /// <summary>Notes what fired in a batch.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="codes">Its codes; null where <paramref name="activeRows"/> are there.</param>
    /// <param name="activeRows">In how many rows each latent is active.</param>
    public void Update(int rows, SparseCodes? codes, IntBuffer? activeRows) =>
        this.backend.UpdateFired(new UpdateFiredArguments
        {
            Rows = rows,
            Latents = (int)this.DeadMask.Length,
            Codes = codes,
            ActiveRows = activeRows,
            TokensSinceFired = this.TokensSinceFired,
            DeadAfterTokens = this.deadAfterTokens,
            DeadMask = this.DeadMask,
            DeadLatents = this.scalars.DeadLatents,
            L0 = this.scalars.L0,
        });

    /// <summary>Sets for how long latents have been silent.</summary>
    /// <param name="tokensSinceFired">The vectors that went by since each latent was last active, [DSae].</param>
    public void Set(ReadOnlySpan<long> tokensSinceFired)
    {
        int[] dead = new int[tokensSinceFired.Length];
        for (int latent = 0; latent < dead.Length; latent++)
        {
            dead[latent] = tokensSinceFired[latent] >= this.deadAfterTokens ? 1 : 0;
        }

        this.TokensSinceFired.Upload(tokensSinceFired);
        this.DeadMask.Upload(dead);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.TokensSinceFired.Dispose();
        this.DeadMask.Dispose();
    }
}
