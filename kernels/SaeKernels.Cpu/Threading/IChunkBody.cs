namespace SaeKernels.Cpu;

/// <summary>Work that is cut into chunks, each of which may run on any thread.</summary>
/// <remarks>A struct of pointers and numbers: handing it to the team allocates nothing.</remarks>
internal interface IChunkBody
{
    /// <summary>Does one chunk.</summary>
    /// <param name="chunk">Which one. What it writes may depend on this number, never on <paramref name="worker"/>.</param>
    /// <param name="worker">The thread's number in the team, for scratch memory.</param>
    void Run(int chunk, int worker);
}
