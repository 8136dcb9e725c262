using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   where each latent's entries begin, from their counts
/// Work       two additions a latent
/// Traffic    16 · DSae bytes → bound by memory
/// Launch     one thread a latent; one group for the sums of groups of latents
/// Shared     1.1 KiB        Barriers  5 a group, and 3 per group size of groups
/// Order      integers; deterministic
/// Error      none
/// Source     the three-phase scan of Harris, Sengupta, Owens, GPU Gems 3, chapter 39
/// </summary>
internal sealed class LatentOffsets(KernelDevice device)
{
    private readonly Kernel<Parameters> sumKernel = new(device, SumGroups);
    private readonly Kernel<Parameters> scanKernel = new(device, ScanGroups);
    private readonly Kernel<Parameters> placeKernel = new(device, PlaceLatents);

    /// <summary>Replaces the counts [latents] by first places, and writes latents + 1 offsets.</summary>
    public void Launch(ArrayView<int> counts, ArrayView<int> offsets, int latents)
    {
        int groups = (int)((latents + (long)device.GroupSize - 1) / device.GroupSize);
        Parameters parameters = new()
        {
            Counts = counts,
            Offsets = offsets,
            GroupSums = device.Scratch.Int("LatentOffsets.GroupSums", groups),
            Latents = latents,
            Groups = groups,
        };
        this.sumKernel.Launch(groups, device.GroupSize, parameters);
        this.scanKernel.Launch(1, device.GroupSize, parameters);
        this.placeKernel.Launch(groups, device.GroupSize, parameters);
    }

    private static void SumGroups(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int sum = GroupReduction.Sum(shared, CountOf(p, (Grid.IdxX * Group.DimX) + Group.IdxX));
        if (Group.IdxX == 0)
        {
            p.GroupSums[Grid.IdxX] = sum;
        }
    }

    private static void ScanGroups(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(KernelDevice.MaxGroupSize);
        ArrayView<int> segments = SharedMemory.Allocate<int>(GroupReduction.Width);
        int before = 0;
        for (int first = 0; first < p.Groups; first += Group.DimX)
        {
            int group = first + Group.IdxX;
            int sum = 0;
            if (group < p.Groups)
            {
                sum = p.GroupSums[group];
            }

            int place = before + GroupScan.Exclusive(shared, segments, sum);
            before += GroupScan.Total(segments);
            if (group < p.Groups)
            {
                p.GroupSums[group] = place;
            }
        }

        if (Group.IdxX == 0)
        {
            p.Offsets[p.Latents] = before;
        }
    }

    private static void PlaceLatents(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(KernelDevice.MaxGroupSize);
        ArrayView<int> segments = SharedMemory.Allocate<int>(GroupReduction.Width);
        int latent = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int place = p.GroupSums[Grid.IdxX] + GroupScan.Exclusive(shared, segments, CountOf(p, latent));
        if (latent < p.Latents)
        {
            p.Offsets[latent] = place;
            p.Counts[latent] = place;
        }
    }

    private static int CountOf(Parameters p, int latent)
    {
        int count = 0;
        if (latent < p.Latents)
        {
            count = p.Counts[latent];
        }

        return count;
    }

    internal struct Parameters
    {
        public ArrayView<int> Counts;
        public ArrayView<int> Offsets;
        public ArrayView<int> GroupSums;
        public int Latents;
        public int Groups;
    }
}
