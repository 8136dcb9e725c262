using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>What every operation works with: threads and scratch memory.</summary>
internal sealed class CpuContext(int threads, EncoderPrecision precision) : IDisposable
{
    /// <summary>Counts the bytes of buffers and scratch.</summary>
    public MemoryLedger Ledger { get; } = new();

    /// <summary>The threads.</summary>
    public WorkerTeam Team { get; } = new(threads);

    /// <summary>Whether encoders screen.</summary>
    public ScreeningState Screening { get; } = new(precision);

    /// <summary>What top-k guesses of a batch: the lowest share of ‖x‖ that a row's K-th value has.</summary>
    public LearntCut KthShare { get; } = new();

    /// <summary>What batch-wide top-k guesses of a batch: the smallest value that is kept.</summary>
    public LearntCut BatchCut { get; } = new();

    /// <summary>
    /// Where the codes are that had no room for the last batch: the way that the next one tries first. No result
    /// depends on it.
    /// </summary>
    public nint FullCodes { get; set; }

    /// <summary>The encoder in the integers of the screen.</summary>
    public RoundedEncoder RoundedEncoder => field ??= new RoundedEncoder(this.Ledger, this.Team);

    /// <summary>The scratch memory of the operation that runs.</summary>
    public ScratchMemory Scratch => field ??= new ScratchMemory(this.Ledger);

    /// <inheritdoc/>
    public void Dispose()
    {
        this.Team.Dispose();
        this.RoundedEncoder.Dispose();
        this.Scratch.Dispose();
    }
}
