using ILGPU;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   count, Σv, Σv², Σv³, Σv⁴, min v, max v and histograms of v of each latent, over active entries
/// Work       60 FLOP an entry
/// Traffic    that of BuildLatentMajor, 36 bytes an entry, and 80 a latent → bound by memory
/// Launch     that of BuildLatentMajor; threads take latents of up to 64 entries in turns, CrowdedLatents the others
/// Shared     none        Barriers  none
/// Order      a latent has one owner, which takes its entries in a fixed order; deterministic
/// Error      n · 2⁻⁴⁸ · Σ|v| for n entries, also of v²; twice that of v³ and v⁴
/// Source     the definition; two-float sums: Ogita, Rump, Oishi 2005
/// </summary>
internal sealed class AccumulateLatents(KernelDevice device, BuildLatentMajor buildLatentMajor)
{
    private const int MostEntriesOfAThread = 64;

    // The simulator's shapes are small, and shall meet crowded latents all the same.
    private const int SimulatorEntriesOfAThread = 2;
    private readonly Kernel<LatentStatisticsView> kernel = new(device, VisitLatents);
    private readonly CrowdedLatents crowdedLatents = new(device);

    public void Run(in AccumulateLatentsArguments arguments)
    {
        arguments.Validate();
        IlgpuLatentStatistics statistics = arguments.Statistics as IlgpuLatentStatistics ?? throw new ArgumentException(
            $"AccumulateLatents: Statistics must be made by the backend of {device.Description.Id}, but is a "
            + $"{arguments.Statistics.GetType().Name}. Call CreateLatentStatistics of the backend that uses it.");
        LatentMajorList list = statistics.ListFor(arguments.Codes.Capacity);
        BuildLatentMajorArguments build = new() { Rows = arguments.Rows, Codes = arguments.Codes, List = list };
        buildLatentMajor.Run(build);
        LatentStatisticsView view = LatentStatisticsView.Of(
            device, statistics, list, device.IsSimulator ? SimulatorEntriesOfAThread : MostEntriesOfAThread);
        this.kernel.Launch(device.GroupsOfElements(view.Latents), device.GroupSize, view);
        if (arguments.Rows > view.MostEntriesOfAThread)
        {
            this.crowdedLatents.Launch(view);
        }

        statistics.Rows += arguments.Rows;
    }

    private static void VisitLatents(LatentStatisticsView p)
    {
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            int start = p.Offsets[latent];
            int end = p.Offsets[latent + 1];
            if (end > start && end - start <= p.MostEntriesOfAThread)
            {
                p.Counts[latent] += end - start;
                AddPowers(p, latent, start, end);
                FindExtremes(p, latent, start, end);
                AddToHistograms(p, latent, start, end);
            }
        }
    }

    private static void AddPowers(LatentStatisticsView p, int latent, int start, int end)
    {
        PowerSums sums = new()
        {
            First = LatentStatisticsView.LoadSum(p, 1, latent),
            Second = LatentStatisticsView.LoadSum(p, 2, latent),
            Third = LatentStatisticsView.LoadSum(p, 3, latent),
            Fourth = LatentStatisticsView.LoadSum(p, 4, latent),
        };
        for (int entry = start; entry < end; entry++)
        {
            sums = PowerSums.Add(sums, p.Values[entry]);
        }

        LatentStatisticsView.StoreSum(p, 1, latent, sums.First);
        LatentStatisticsView.StoreSum(p, 2, latent, sums.Second);
        LatentStatisticsView.StoreSum(p, 3, latent, sums.Third);
        LatentStatisticsView.StoreSum(p, 4, latent, sums.Fourth);
    }

    private static void FindExtremes(LatentStatisticsView p, int latent, int start, int end)
    {
        float minimum = p.Minima[latent];
        float maximum = p.Maxima[latent];
        for (int entry = start; entry < end; entry++)
        {
            float value = p.Values[entry];
            // A NaN is taken over and stays: nothing is below or above it.
            minimum = value < minimum || float.IsNaN(value) ? value : minimum;
            maximum = value > maximum || float.IsNaN(value) ? value : maximum;
        }

        p.Minima[latent] = minimum;
        p.Maxima[latent] = maximum;
    }

    private static void AddToHistograms(LatentStatisticsView p, int latent, int start, int end)
    {
        for (int entry = start; entry < end; entry++)
        {
            p.Histogram[((long)latent * LogBins.Count) + LatentStatisticsView.LogBinOf(p.Values[entry])]++;
        }

        if (p.LinearBins > 0)
        {
            float scale = p.LinearScales[latent];
            for (int entry = start; entry < end; entry++)
            {
                int bin = LatentStatisticsView.LinearBinOf(p, p.Values[entry], scale);
                p.LinearHistogram[((long)latent * p.LinearBins) + bin]++;
            }
        }
    }
}
