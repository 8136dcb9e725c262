using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Sums over pairs of latents in the host's memory.</summary>
internal sealed class ReferencePairStatistics : PairStatistics
{
    private readonly PairSnapshot sums;

    public ReferencePairStatistics(PairLayout layout)
        : base(layout)
    {
        this.sums = new PairSnapshot(layout.Count, layout.Others);
    }

    public void Add(int latent, double x, int other, double y)
    {
        int place = latent - this.Layout.From;
        if (place >= 0 && place < this.Layout.Count && x != 0 && y != 0)
        {
            this.sums.Products[place][other] += x * y;
            this.sums.Squares[place][other] += x * x;
            this.sums.OtherSquares[place][other] += y * y;
        }
    }

    protected override void ReadTo(PairSnapshot snapshot, int first)
    {
        for (int place = 0; place < snapshot.Count; place++)
        {
            this.sums.Products[first + place].CopyTo(snapshot.Products[place], 0);
            this.sums.Squares[first + place].CopyTo(snapshot.Squares[place], 0);
            this.sums.OtherSquares[first + place].CopyTo(snapshot.OtherSquares[place], 0);
        }
    }

    protected override void Dispose(bool disposing)
    {
    }
}
