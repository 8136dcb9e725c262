using ILGPU;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of the entries of a batch by latent, and of the statistics they are added to.</summary>
internal struct LatentStatisticsView
{
    public ArrayView<int> Offsets;
    public ArrayView<float> Values;
    public ArrayView<long> Counts;
    public ArrayView<long> Histogram;
    public ArrayView<long> LinearHistogram;
    public ArrayView<float> LinearScales;
    public ArrayView<float> Sums;
    public ArrayView<float> Minima;
    public ArrayView<float> Maxima;
    public int Latents;
    public int LinearBins;

    /// <summary>A latent with more entries is left to a group; one with fewer to a thread.</summary>
    public int MostEntriesOfAThread;

    public static LatentStatisticsView Of(
        KernelDevice device, IlgpuLatentStatistics statistics, LatentMajorList list, int mostEntriesOfAThread) => new()
        {
            Offsets = device.View(list.Offsets),
            Values = device.View(list.Values),
            Counts = device.View(statistics.Counts),
            Histogram = device.View(statistics.Histogram),
            LinearHistogram = device.View(statistics.LinearHistogram),
            LinearScales = device.View(statistics.LinearScales),
            Sums = device.View(statistics.Sums),
            Minima = device.View(statistics.Minima),
            Maxima = device.View(statistics.Maxima),
            Latents = statistics.Latents,
            LinearBins = statistics.Layout.LinearBins,
            MostEntriesOfAThread = mostEntriesOfAThread,
        };

    /// <summary>Returns the sum of a power, 1 to 4, of a latent's activations so far; called in kernels.</summary>
    public static TwoFloat LoadSum(LatentStatisticsView p, int power, int latent)
    {
        long place = (2L * (power - 1) * p.Latents) + latent;
        return new TwoFloat(p.Sums[place], p.Sums[place + p.Latents]);
    }

    /// <summary>Stores the sum of a power, 1 to 4, of a latent's activations; called in kernels.</summary>
    public static void StoreSum(LatentStatisticsView p, int power, int latent, TwoFloat sum)
    {
        long place = (2L * (power - 1) * p.Latents) + latent;
        TwoFloat normal = TwoFloat.Renormalize(sum);
        p.Sums[place] = normal.High;
        p.Sums[place + p.Latents] = normal.Low;
    }

    /// <summary>Returns the logarithmic bin of an activation; called in kernels.</summary>
    public static int LogBinOf(float value)
    {
        int bits = (int)Interop.FloatAsInt(value);
        int bin = IntrinsicMath.Clamp((bits >> LogBins.Shift) - LogBins.Offset, 0, LogBins.Count - 1);
        // A device may hand on a NaN with its sign bit set.
        return float.IsNaN(value) ? LogBins.Count - 1 : bin;
    }

    /// <summary>Returns the linear bin of an activation; called in kernels.</summary>
    public static int LinearBinOf(LatentStatisticsView p, float value, float scale)
    {
        float place = value * scale;
        int bin = place < p.LinearBins ? (int)place : p.LinearBins - 1;
        return IntrinsicMath.Max(bin, 0);
    }
}
