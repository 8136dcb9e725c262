using ILGPU;
using ILGPU.Runtime;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Tests on the device what <see cref="ScreeningBound"/> assumes of its tensor cores, with inputs made to lose as much
/// as they can.
/// </summary>
/// <remarks>
/// Every element of every product is compared with the exact sum in float64. That no input does worse is not proven by
/// it: it would show an accumulator that keeps fewer bits, aligns in another way, drops subnormal numbers, or has
/// another layout of operands than the kernels think.
/// </remarks>
internal sealed class AccumulatorProbe
{
    private const int ChunksInRow = 2;
    private const int ElementsOfSums = ProbeCase.Rows * ProbeCase.Columns;

    // What rounding to a subnormal number may add to an error, for each element of depth.
    private const double SmallestSubnormal = 1.401298464324817e-45;
    private readonly KernelDevice device;
    private readonly Kernel<Parameters> kernel;

    private AccumulatorProbe(KernelDevice device, Action<Parameters> body)
    {
        this.device = device;
        this.kernel = new Kernel<Parameters>(device, body);
    }

    /// <summary>
    /// Returns the worst error in units of the assumed bound: at most 1 where the assumption holds; infinite where a
    /// number came out as none, or none as one.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="randomCases">Cases of random numbers, beside those that are made by rule.</param>
    public static double WorstRatio<TProduct>(KernelDevice device, int randomCases)
        where TProduct : struct, IMatrixProduct
    {
        ProbeCase[] cases = ProbeCase.All<TProduct>(randomCases);
        float[] results = new AccumulatorProbe(device, Multiply<TProduct>).Run<TProduct>(cases);
        double worst = 0;
        for (int i = 0; i < results.Length; i++)
        {
            (int number, int element) = Math.DivRem(i, ElementsOfSums);
            (int row, int column) = Math.DivRem(element, ProbeCase.Columns);
            worst = Math.Max(worst, Ratio(cases[number], row, column, results[i]));
        }

        return worst;
    }

    private static double Ratio(ProbeCase probe, int row, int column, float result)
    {
        (double exact, double magnitude) = probe.Exact(row, column);

        // Overflow proves nothing, and says so; but only a sum that is large may overflow.
        if (!(Math.Abs(result) <= ScreeningBound.LargestTrusted))
        {
            return magnitude > ScreeningBound.LargestTrusted ? 0 : double.PositiveInfinity;
        }

        double allowed = (ScreeningBound.ProductError(probe.Depth) * magnitude) + (probe.Depth * SmallestSubnormal);
        return Math.Abs(result - exact) / allowed;
    }

    private float[] Run<TProduct>(ProbeCase[] cases)
        where TProduct : struct, IMatrixProduct
    {
        Accelerator accelerator = this.device.Accelerator;
        uint[] rows = [.. cases.SelectMany(probe => Pack<TProduct>(probe.A))];
        uint[] columns = [.. cases.SelectMany(probe => Pack<TProduct>(probe.B))];
        using MemoryBuffer1D<uint, Stride1D.Dense> a = accelerator.Allocate1D(rows);
        using MemoryBuffer1D<uint, Stride1D.Dense> b = accelerator.Allocate1D(columns);
        using MemoryBuffer1D<float, Stride1D.Dense> sums =
            accelerator.Allocate1D<float>([.. cases.SelectMany(probe => probe.Sums)]);
        this.kernel.Launch(cases.Length, WarpSlab.Lanes, new Parameters
        {
            A = a.View.BaseView.Cast<Fragment>(),
            B = b.View.BaseView.Cast<Fragment>(),
            Sums = sums.View.BaseView,
        });
        this.device.Synchronize();
        return sums.GetAsArray1D(this.device.Stream);
    }

    private static IEnumerable<uint> Pack<TProduct>(float[] values)
        where TProduct : struct, IMatrixProduct =>
        values.Chunk(TProduct.ElementsInWord).Select(word => TProduct.Round(word[0], word[^1]));

    private static void Multiply<TProduct>(Parameters p)
        where TProduct : struct, IMatrixProduct
    {
        ArrayView<Fragment> rows = SharedMemory.Allocate<Fragment>(ProbeCase.Rows * ChunksInRow);
        ArrayView<Fragment> columns = SharedMemory.Allocate<Fragment>(ProbeCase.Columns * ChunksInRow);
        int lane = Group.IdxX;
        rows[lane] = p.A[(Grid.IdxX * ProbeCase.Rows * ChunksInRow) + lane];
        if (lane < ProbeCase.Columns * ChunksInRow)
        {
            columns[lane] = p.B[(Grid.IdxX * ProbeCase.Columns * ChunksInRow) + lane];
        }

        GroupBarrier.Wait();
        Fragment a = MatrixLoad.LoadFour(ref rows[(lane % 16 * ChunksInRow) + (lane / 16)]);
        Fragment b = MatrixLoad.LoadFour(ref columns[(lane % 8 * ChunksInRow) + (lane / 16)]);
        int upper = (Grid.IdxX * ElementsOfSums) + (lane / 4 * ProbeCase.Columns) + (lane % 4 * 2);
        int lower = upper + (8 * ProbeCase.Columns);
        Accumulator sums = new()
        {
            Upper0 = p.Sums[upper],
            Upper1 = p.Sums[upper + 1],
            Lower0 = p.Sums[lower],
            Lower1 = p.Sums[lower + 1],
        };
        sums = TProduct.Add(sums, a, b.Word0, b.Word2);
        p.Sums[upper] = sums.Upper0;
        p.Sums[upper + 1] = sums.Upper1;
        p.Sums[lower] = sums.Lower0;
        p.Sums[lower + 1] = sums.Lower1;
    }

    internal struct Parameters
    {
        public ArrayView<Fragment> A;
        public ArrayView<Fragment> B;
        public ArrayView<float> Sums;
    }
}
