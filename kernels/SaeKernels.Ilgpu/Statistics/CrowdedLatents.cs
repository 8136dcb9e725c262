using ILGPU;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   what AccumulateLatents does, for latents with so many entries in a batch that one thread would be slow
/// Work       60 FLOP an entry
/// Traffic    8 bytes an entry, and 16 · bins of such a latent → bound by arithmetic
/// Launch     groups take latents in turns, threads take a latent's entries in turns
/// Shared     18 KiB: the bins of a latent        Barriers  10 a latent
/// Order      a fixed tree over the threads; atomics on 32-bit counts and extremes only; deterministic
/// Error      as AccumulateLatents
/// Source     privatised counts: Podlozhnyuk, Histogram calculation in CUDA, NVIDIA 2007
/// </summary>
internal sealed class CrowdedLatents(KernelDevice device)
{
    private const int MostLinearBins = 4096;
    private readonly Kernel<LatentStatisticsView> kernel = new(device, VisitLatents);

    public void Launch(in LatentStatisticsView view) =>
        this.kernel.Launch(device.Groups(view.Latents), device.GroupSize, view);

    private static void VisitLatents(LatentStatisticsView p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        ArrayView<int> bins = SharedMemory.Allocate<int>(LogBins.Count + MostLinearBins);
        ArrayView<int> extremes = SharedMemory.Allocate<int>(2);
        for (int latent = Grid.IdxX; latent < p.Latents; latent += Grid.DimX)
        {
            int start = p.Offsets[latent];
            int end = p.Offsets[latent + 1];
            if (end - start > p.MostEntriesOfAThread)
            {
                ClearShared(p, bins, extremes);
                PowerSums sums = AddEntries(p, latent, start, end, bins, extremes);
                AddSum(p, shared, 1, latent, sums.First);
                AddSum(p, shared, 2, latent, sums.Second);
                AddSum(p, shared, 3, latent, sums.Third);
                AddSum(p, shared, 4, latent, sums.Fourth);
                // The sums' barriers lie between the last entry and this.
                AddShared(p, latent, end - start, bins, extremes);
                GroupBarrier.Wait();
            }
        }
    }

    private static void ClearShared(LatentStatisticsView p, ArrayView<int> bins, ArrayView<int> extremes)
    {
        for (int bin = Group.IdxX; bin < LogBins.Count + p.LinearBins; bin += Group.DimX)
        {
            bins[bin] = 0;
        }

        if (Group.IdxX == 0)
        {
            extremes[0] = int.MaxValue;
            extremes[1] = int.MinValue;
        }

        GroupBarrier.Wait();
    }

    private static PowerSums AddEntries(
        LatentStatisticsView p, int latent, int start, int end, ArrayView<int> bins, ArrayView<int> extremes)
    {
        PowerSums sums = default;
        int least = int.MaxValue;
        int most = int.MinValue;
        float scale = 0;
        if (p.LinearBins > 0)
        {
            scale = p.LinearScales[latent];
        }

        for (int entry = start + Group.IdxX; entry < end; entry += Group.DimX)
        {
            float value = p.Values[entry];
            sums = PowerSums.Add(sums, value);
            int key = KeyOf(value);
            least = IntrinsicMath.Min(least, key);
            most = IntrinsicMath.Max(most, key);
            Atomic.Add(ref bins[LatentStatisticsView.LogBinOf(value)], 1);
            if (p.LinearBins > 0)
            {
                Atomic.Add(ref bins[LogBins.Count + LatentStatisticsView.LinearBinOf(p, value, scale)], 1);
            }
        }

        Atomic.Min(ref extremes[0], least);
        Atomic.Max(ref extremes[1], most);
        return sums;
    }

    private static void AddSum(LatentStatisticsView p, ArrayView<float> shared, int power, int latent, TwoFloat part)
    {
        TwoFloat sum = GroupReduction.Sum(shared, part);
        if (Group.IdxX == 0)
        {
            LatentStatisticsView.StoreSum(
                p, power, latent, TwoFloat.Add(LatentStatisticsView.LoadSum(p, power, latent), sum));
        }
    }

    private static void AddShared(
        LatentStatisticsView p, int latent, int entries, ArrayView<int> bins, ArrayView<int> extremes)
    {
        for (int bin = Group.IdxX; bin < LogBins.Count; bin += Group.DimX)
        {
            p.Histogram[((long)latent * LogBins.Count) + bin] += bins[bin];
        }

        for (int bin = Group.IdxX; bin < p.LinearBins; bin += Group.DimX)
        {
            p.LinearHistogram[((long)latent * p.LinearBins) + bin] += bins[LogBins.Count + bin];
        }

        if (Group.IdxX == 0)
        {
            p.Counts[latent] += entries;
            int most = IntrinsicMath.Max(extremes[1], KeyOf(p.Maxima[latent]));
            float maximum = Interop.IntAsFloat((uint)most);
            // A NaN has the largest key and so is a maximum; it is a minimum as well.
            int least = IntrinsicMath.Min(extremes[0], KeyOf(p.Minima[latent]));
            p.Maxima[latent] = maximum;
            p.Minima[latent] = float.IsNaN(maximum) ? maximum : Interop.IntAsFloat((uint)least);
        }
    }

    /// <summary>The bits of an activation, which is not negative: they ascend as it does, and NaN is above ∞.</summary>
    private static int KeyOf(float value) => (int)Interop.FloatAsInt(value) & int.MaxValue;
}
