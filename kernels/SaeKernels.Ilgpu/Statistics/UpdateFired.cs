using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   vectors since each latent fired, which latents are dead, and the mean number of active latents a row
/// Work       one visit an entry and a latent, no FLOP
/// Traffic    8 · entries + 28 · DSae bytes → bound by memory
/// Launch     threads take entries, then latents in turns; one group for the sums of groups
/// Shared     1.1 KiB        Barriers  2 in each kernel
/// Order      integers; threads that mark one latent all write 1; deterministic
/// Error      none for counts below 2²⁴; one rounding of L0 more
/// Source     Gao et al. 2024, appendix A.2
/// </summary>
internal sealed class UpdateFired(KernelDevice device)
{
    private readonly Kernel<Parameters> clearKernel = new(device, ClearMarks);
    private readonly Kernel<Parameters> markKernel = new(device, MarkEntries);
    private readonly Kernel<Parameters> markActiveKernel = new(device, MarkActive);
    private readonly Kernel<Parameters> latentKernel = new(device, VisitLatents);
    private readonly Kernel<Parameters> sumKernel = new(device, StoreSums);

    public void Run(in UpdateFiredArguments arguments)
    {
        arguments.Validate();
        int entryGroups = device.GroupsOfElements(arguments.Codes?.Capacity ?? arguments.Latents);
        int latentGroups = device.GroupsOfElements(arguments.Latents);
        Parameters parameters = new()
        {
            Codes = arguments.Codes is SparseCodes codes ? CodesView.Of(device, codes) : default,
            ActiveRows = arguments.ActiveRows is IntBuffer rows ? device.View(rows) : default,
            TokensSinceFired = device.View(arguments.TokensSinceFired),
            DeadMask = device.View(arguments.DeadMask),
            Fired = device.Scratch.Int("UpdateFired.Fired", arguments.Latents),
            ActiveOfGroups = device.Scratch.Int("UpdateFired.ActiveOfGroups", entryGroups),
            DeadOfGroups = device.Scratch.Int("UpdateFired.DeadOfGroups", latentGroups),
            DeadLatents = device.View(arguments.DeadLatents.Buffer),
            DeadLatentsIndex = arguments.DeadLatents.Index,
            L0 = device.View(arguments.L0.Buffer),
            L0Index = arguments.L0.Index,
            DeadAfterTokens = arguments.DeadAfterTokens,
            Rows = arguments.Rows,
            Latents = arguments.Latents,
            EntryGroups = entryGroups,
            LatentGroups = latentGroups,
        };
        this.clearKernel.Launch(latentGroups, device.GroupSize, parameters);
        Kernel<Parameters> markKernel = arguments.Codes is null ? this.markActiveKernel : this.markKernel;
        markKernel.Launch(entryGroups, device.GroupSize, parameters);
        this.latentKernel.Launch(latentGroups, device.GroupSize, parameters);
        this.sumKernel.Launch(1, device.GroupSize, parameters);
    }

    private static void ClearMarks(Parameters p)
    {
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            p.Fired[latent] = 0;
        }
    }

    private static void MarkEntries(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int active = 0;
        int end = p.Codes.RowOffsets[p.Rows];
        int first = p.Codes.RowOffsets[0] + (Grid.IdxX * Group.DimX) + Group.IdxX;
        for (int entry = first; entry < end; entry += Grid.DimX * Group.DimX)
        {
            if (p.Codes.Values[entry] != 0)
            {
                p.Fired[p.Codes.Indices[entry]] = 1;
                active++;
            }
        }

        active = GroupReduction.Sum(shared, active);
        if (Group.IdxX == 0)
        {
            p.ActiveOfGroups[Grid.IdxX] = active;
        }
    }

    private static void MarkActive(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int active = 0;
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            active += p.ActiveRows[latent];
            p.Fired[latent] = p.ActiveRows[latent] != 0 ? 1 : 0;
        }

        active = GroupReduction.Sum(shared, active);
        if (Group.IdxX == 0)
        {
            p.ActiveOfGroups[Grid.IdxX] = active;
        }
    }

    private static void VisitLatents(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int dead = 0;
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            long tokens = p.Fired[latent] != 0 ? 0 : p.TokensSinceFired[latent] + p.Rows;
            int isDead = tokens >= p.DeadAfterTokens ? 1 : 0;
            p.TokensSinceFired[latent] = tokens;
            p.DeadMask[latent] = isDead;
            dead += isDead;
        }

        dead = GroupReduction.Sum(shared, dead);
        if (Group.IdxX == 0)
        {
            p.DeadOfGroups[Grid.IdxX] = dead;
        }
    }

    private static void StoreSums(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int active = SumOfGroups(p.ActiveOfGroups, p.EntryGroups, shared);
        int dead = SumOfGroups(p.DeadOfGroups, p.LatentGroups, shared);
        if (Group.IdxX == 0)
        {
            p.DeadLatents[p.DeadLatentsIndex] = dead;
            p.L0[p.L0Index] = p.Rows == 0 ? 0 : (float)active / p.Rows;
        }
    }

    private static int SumOfGroups(ArrayView<int> sums, int groups, ArrayView<int> shared)
    {
        int sum = 0;
        for (int group = Group.IdxX; group < groups; group += Group.DimX)
        {
            sum += sums[group];
        }

        return GroupReduction.Sum(shared, sum);
    }

    internal struct Parameters
    {
        public CodesView Codes;
        public ArrayView<int> ActiveRows;
        public ArrayView<long> TokensSinceFired;
        public ArrayView<int> DeadMask;
        public ArrayView<int> Fired;
        public ArrayView<int> ActiveOfGroups;
        public ArrayView<int> DeadOfGroups;
        public ArrayView<float> DeadLatents;
        public ArrayView<float> L0;
        public long DeadAfterTokens;
        public int DeadLatentsIndex;
        public int L0Index;
        public int Rows;
        public int Latents;
        public int EntryGroups;
        public int LatentGroups;
    }
}
