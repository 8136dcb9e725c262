using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// W_enc in 8-bit integers, kept from one batch to the next: rounded anew only where the matrix is another, or was
/// changed by anything but <see cref="UpdateLatents"/>, which rounds what it has just written.
/// </summary>
/// <remarks>
/// A buffer counts every pointer that an operation could write through (<see cref="HostPointers.Of(RealBuffer)"/>): an
/// operation that is not thought of here makes a rounding too many, never one too few.
/// </remarks>
/// <param name="ledger">Counts the bytes.</param>
/// <param name="team">The threads that round.</param>
internal sealed unsafe class RoundedEncoder(MemoryLedger ledger, WorkerTeam team) : IDisposable
{
    private ScratchMemory? memory;
    private RealMatrix? source;
    private Int8Weights weights;
    private long version;

    // One matrix is rounded as it is updated; of several that take turns (autoencoders side by side), each only as it
    // is encoded, since there is room for one.
    private bool hasReturned;
    private bool isUsed;

    /// <summary>How often a whole matrix was rounded.</summary>
    public long Roundings { get; private set; }

    /// <summary>Returns the rounded matrix, rounding it if it is not at hand.</summary>
    /// <param name="wEnc">The matrix.</param>
    public Int8Weights Of(RealMatrix wEnc)
    {
        this.hasReturned = this.source == wEnc;
        this.isUsed = true;
        if (!this.hasReturned)
        {
            Take(wEnc);
        }

        if (!this.hasReturned || this.version != HostPointers.VersionOf(wEnc.Buffer))
        {
            team.For(this.weights.Chunks, this.weights);
            this.Roundings++;
            this.version = HostPointers.VersionOf(wEnc.Buffer);
        }

        return this.weights;
    }

    /// <summary>Returns where the rounded rows of a matrix that is being updated belong; null for nowhere.</summary>
    /// <param name="wEnc">The matrix.</param>
    public Int8Weights? Find(RealMatrix wEnc) =>
        this.source == wEnc && this.hasReturned && this.isUsed ? this.weights : null;

    /// <summary>Says that every rounded row is that of the matrix as it is now.</summary>
    /// <param name="wEnc">The matrix.</param>
    public void MarkCurrent(RealMatrix wEnc)
    {
        this.isUsed = false;
        this.version = HostPointers.VersionOf(wEnc.Buffer);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.memory?.Dispose();

    private void Take(RealMatrix wEnc)
    {
        this.source = wEnc;
        if (this.weights.Latents != wEnc.Rows || this.weights.DIn != wEnc.Columns)
        {
            this.memory?.Dispose();
            this.memory = new ScratchMemory(ledger);
        }
        else
        {
            this.memory!.Begin();
        }

        this.weights = new Int8Weights(
            this.memory, team.Threads, HostPointers.OfUnchanged(wEnc), wEnc.Rows, wEnc.Columns);
    }
}
