namespace SaeKernels.Cpu;

/// <summary>Work that is cut into chunks, each of which may run on any thread.</summary>
/// <remarks>A struct of pointers and numbers: handing it to the team allocates nothing.</remarks>
internal interface IChunkBody
{
    /// <summary>Does one chunk.</summary>
    /// <param name="chunk">Which one; what it writes may depend on this number.</param>
    /// <param name="worker">The thread's number in the team: which scratch memory it has, and nothing else.</param>
    void Run(int chunk, int worker);
}
