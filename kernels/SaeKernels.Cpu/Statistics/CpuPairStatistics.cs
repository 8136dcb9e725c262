using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Sums over pairs of latents in float64: those of a pair lie together, those of a latent too.</summary>
internal sealed unsafe class CpuPairStatistics : PairStatistics
{
    private readonly IComputeBackend backend;
    private readonly NativeMemoryBlock<PairOfLatents> sums;
    private LatentMajorList? list;

    public CpuPairStatistics(IComputeBackend backend, PairLayout layout, MemoryLedger ledger)
        : base(layout)
    {
        this.backend = backend;
        this.sums = new NativeMemoryBlock<PairOfLatents>(layout.Pairs, ledger);
    }

    /// <summary>The sums, [Count, Others].</summary>
    public PairOfLatents* Sums => this.sums.Elements;

    /// <summary>The entries of a batch by latent; made anew where a batch has room for more.</summary>
    public LatentMajorList ListFor(int capacity) =>
        LatentMajorList.WithRoom(ref this.list, this.backend, this.Layout.Latents, capacity);

    protected override void ReadTo(PairSnapshot snapshot, int first)
    {
        for (int place = 0; place < snapshot.Count; place++)
        {
            PairOfLatents* row = this.Sums + ((long)(first + place) * this.Layout.Others);
            for (int other = 0; other < this.Layout.Others; other++)
            {
                snapshot.Products[place][other] = row[other].Product;
                snapshot.Squares[place][other] = row[other].Square;
                snapshot.OtherSquares[place][other] = row[other].OtherSquare;
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        this.sums.Dispose();
        this.list?.Dispose();
    }
}

/// <summary>The sums of one pair.</summary>
internal struct PairOfLatents
{
    public double Product;
    public double Square;
    public double OtherSquare;
}
