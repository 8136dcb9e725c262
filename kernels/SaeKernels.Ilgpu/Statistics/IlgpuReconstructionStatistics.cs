using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>Sums over vectors and their reconstructions; a batch's come from the device in pairs of float32.</summary>
internal sealed class IlgpuReconstructionStatistics : ReconstructionStatistics
{
    /// <summary>Numbers that the device leaves of a row: the pairs of four sums.</summary>
    public const int NumbersOfARow = 8;

    /// <summary>Numbers that the device leaves of a column: its mean, and the pairs of two sums around it.</summary>
    public const int NumbersOfAColumn = 5;

    private readonly IComputeBackend backend;
    private readonly double[] shift;
    private readonly double[] mean;
    private readonly float[] columns;
    private float[] rows = [];
    private RealBuffer? rowSums;
    private ReconstructionSums sums;
    private CompensatedSum variation;

    public IlgpuReconstructionStatistics(IComputeBackend backend, int width)
        : base(width)
    {
        this.backend = backend;
        this.shift = new double[width];
        this.mean = new double[width];
        this.columns = new float[NumbersOfAColumn * width];
        this.ColumnSums = backend.AllocateReal("ReconstructionStatistics.ColumnSums", this.columns.Length);
    }

    /// <summary>For a batch: the mean of each column, then pairs of its sum and of its squares around that.</summary>
    public RealBuffer ColumnSums { get; }

    /// <summary>For a batch: ‖y − ŷ‖², ‖y‖², ‖ŷ‖² and ⟨y, ŷ⟩ of each row, in pairs.</summary>
    public RealBuffer RowSumsFor(int count)
    {
        if (this.rowSums is null || this.rowSums.Length < (long)NumbersOfARow * count)
        {
            this.rowSums?.Dispose();
            this.rows = new float[checked(NumbersOfARow * count)];
            this.rowSums = this.backend.AllocateReal("ReconstructionStatistics.RowSums", this.rows.Length);
        }

        return this.rowSums;
    }

    /// <summary>Takes what the device found in a batch.</summary>
    public void AddBatch(int count)
    {
        Span<float> found = this.rows.AsSpan(0, NumbersOfARow * count);
        this.rowSums!.Download(found);
        this.ColumnSums.Download(this.columns);
        JoinMeans(count);
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> own = found.Slice(NumbersOfARow * row, NumbersOfARow);
            this.sums.AddVector(Sum(own, 0), Sum(own, 2), Sum(own, 4), Sum(own, 6));
        }
    }

    public override ReconstructionSnapshot Read() => new()
    {
        Sums = this.sums,
        Variation = this.variation,
        Shift = [.. this.shift],
        Mean = [.. this.mean],
    };

    protected override void Dispose(bool disposing)
    {
        this.ColumnSums.Dispose();
        this.rowSums?.Dispose();
    }

    private static double Sum(ReadOnlySpan<float> numbers, int high) =>
        TwoFloat.ToDouble(numbers[high], numbers[high + 1]);

    /// <summary>Joins the means and variations of the batch and of all before it (Chan, Golub, LeVeque 1983).</summary>
    private void JoinMeans(int count)
    {
        double share = count / (double)(this.sums.Vectors + count);
        for (int d = 0; d < this.Width; d++)
        {
            float center = this.columns[d];
            double sum = SumOfColumn(1, d);
            if (this.sums.Vectors == 0)
            {
                this.shift[d] = center;
            }

            double distance = center - this.shift[d] + (sum / count) - this.mean[d];
            this.mean[d] += share * distance;
            this.variation.Add(SumOfColumn(3, d) - (sum * sum / count));
            this.variation.Add(distance * distance * share * this.sums.Vectors);
        }
    }

    private double SumOfColumn(int high, int column) => TwoFloat.ToDouble(
        this.columns[(high * this.Width) + column], this.columns[((high + 1) * this.Width) + column]);
}
