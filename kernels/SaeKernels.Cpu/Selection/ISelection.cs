namespace SaeKernels.Cpu;

/// <summary>What an encoder keeps of the pre-activations that pass by, up to 32 latents of a row at a time.</summary>
/// <remarks>
/// A row comes with all its latents in ascending order, on one thread; rows come in any order. A struct of pointers and
/// numbers, so that the loop over tiles is compiled for each selection.
/// </remarks>
internal unsafe interface ISelection
{
    /// <summary>Forgets the row that had a place in scratch memory before.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="slot">The place; each row of a block has its own.</param>
    /// <param name="row">The row that comes.</param>
    void Begin(int worker, long slot, int row);

    /// <summary>A bit for each latent of a row that might be kept.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="slot">The row's place in scratch memory.</param>
    /// <param name="values">Its pre-activations of <typeparamref name="TTile"/>'s latents.</param>
    /// <param name="firstLatent">The latent of the first of them.</param>
    /// <typeparam name="TTile">The tile.</typeparam>
    uint Accept<TTile>(int worker, long slot, float* values, int firstLatent)
        where TTile : struct, ITile;

    /// <summary>Adds what may be kept.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="slot">The row's place in scratch memory.</param>
    /// <param name="row">The row.</param>
    /// <param name="values">Pre-activations of up to 32 latents.</param>
    /// <param name="accepted">A bit for each of them that is added.</param>
    /// <param name="firstLatent">The latent of the lowest bit.</param>
    void Add(int worker, long slot, int row, float* values, uint accepted, int firstLatent);

    /// <summary>Told when all latents of a row have passed.</summary>
    /// <param name="slot">The row's place in scratch memory.</param>
    /// <param name="row">The row.</param>
    void End(long slot, int row);
}
