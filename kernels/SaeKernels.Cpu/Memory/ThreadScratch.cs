namespace SaeKernels.Cpu;

/// <summary>Scratch memory of which every thread has a part of its own.</summary>
internal readonly unsafe struct ThreadScratch
{
    // Whole cache lines: threads that write beside each other would slow each other down.
    private const long Line = 16;
    private readonly float* first;
    private readonly long length;

    /// <summary>Takes memory for all threads of a team.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="length">Numbers of one thread.</param>
    public ThreadScratch(CpuContext context, long length)
    {
        this.length = (length + Line - 1) / Line * Line;
        this.first = context.Scratch.Take<float>(context.Team.Threads * this.length);
    }

    /// <summary>A thread's part.</summary>
    public float* Of(int worker) => this.first + (worker * this.length);

    /// <summary>Sets a thread's part to zero.</summary>
    public void Clear(int worker) => new Span<float>(Of(worker), checked((int)this.length)).Clear();
}
