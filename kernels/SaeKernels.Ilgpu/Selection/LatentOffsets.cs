using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   where each latent's entries begin, and in it those of each block of rows, from a table of counts
/// Work       two additions a count
/// Traffic    16 · blocks · DSae bytes → bound by memory
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
    private readonly Kernel<Parameters> placeKernel = new(device, PlaceBlocks);

    /// <summary>Replaces the counts [blocks, latents] by first places, and writes latents + 1 offsets.</summary>
    public void Launch(ArrayView<int> table, ArrayView<int> offsets, int latents, int blocks)
    {
        int groups = (int)((latents + (long)device.GroupSize - 1) / device.GroupSize);
        Parameters parameters = new()
        {
            Table = table,
            Offsets = offsets,
            GroupSums = device.Scratch.Int("LatentOffsets.GroupSums", groups),
            Latents = latents,
            Blocks = blocks,
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

    private static void PlaceBlocks(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(KernelDevice.MaxGroupSize);
        ArrayView<int> segments = SharedMemory.Allocate<int>(GroupReduction.Width);
        int latent = (Grid.IdxX * Group.DimX) + Group.IdxX;
        int place = p.GroupSums[Grid.IdxX] + GroupScan.Exclusive(shared, segments, CountOf(p, latent));
        if (latent < p.Latents)
        {
            p.Offsets[latent] = place;
            for (int block = 0; block < p.Blocks; block++)
            {
                long cell = ((long)block * p.Latents) + latent;
                int count = p.Table[cell];
                p.Table[cell] = place;
                place += count;
            }
        }
    }

    private static int CountOf(Parameters p, int latent)
    {
        int count = 0;
        if (latent < p.Latents)
        {
            for (int block = 0; block < p.Blocks; block++)
            {
                count += p.Table[((long)block * p.Latents) + latent];
            }
        }

        return count;
    }

    internal struct Parameters
    {
        public ArrayView<int> Table;
        public ArrayView<int> Offsets;
        public ArrayView<int> GroupSums;
        public int Latents;
        public int Blocks;
        public int Groups;
    }
}
