using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>Sums over pairs of latents in the memory of a device, in pairs of float32.</summary>
internal sealed class IlgpuPairStatistics : PairStatistics
{
    /// <summary>Numbers that are kept of a pair of latents: the upper and lower parts of three sums.</summary>
    public const int NumbersOfAPair = 6;

    private readonly IComputeBackend backend;
    private LatentMajorList? list;

    public IlgpuPairStatistics(IComputeBackend backend, PairLayout layout)
        : base(layout)
    {
        this.backend = backend;
        this.Sums = backend.AllocateReal("PairStatistics.Sums", NumbersOfAPair * layout.Pairs);
    }

    /// <summary>The sums, [Count, Others, 6].</summary>
    public RealBuffer Sums { get; }

    /// <summary>The entries of a batch by latent; made anew where a batch has room for more.</summary>
    public LatentMajorList ListFor(int capacity) =>
        LatentMajorList.WithRoom(ref this.list, this.backend, this.Layout.Latents, capacity);

    protected override void ReadTo(PairSnapshot snapshot, int first)
    {
        float[] numbers = new float[checked(NumbersOfAPair * this.Layout.Others)];
        for (int place = 0; place < snapshot.Count; place++)
        {
            this.Sums.Download(numbers, (long)(first + place) * numbers.Length);
            for (int other = 0; other < this.Layout.Others; other++)
            {
                ReadOnlySpan<float> pair = numbers.AsSpan(NumbersOfAPair * other, NumbersOfAPair);
                snapshot.Products[place][other] = TwoFloat.ToDouble(pair[0], pair[1]);
                snapshot.Squares[place][other] = TwoFloat.ToDouble(pair[2], pair[3]);
                snapshot.OtherSquares[place][other] = TwoFloat.ToDouble(pair[4], pair[5]);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.Sums.Dispose();
            this.list?.Dispose();
        }
    }
}
