using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   the active entries by latent, and within a latent by row: a counting sort
/// Work       two visits an entry, and two of a table of 32 (with auxiliary codes 64) × DSae counts
/// Traffic    32 · entries + 16 · blocks · DSae bytes → bound by memory
/// Launch     one group a block of rows for counting and placing; one thread a latent for the offsets
/// Shared     none        Barriers  one a row; LatentOffsets has its own
/// Order      rows ascending; latents of a row differ, so that its threads never meet: no atomics; deterministic
/// Error      none
/// Source     Knuth, TAOCP 3, §5.2 (distribution counting)
/// </summary>
internal sealed class BuildLatentMajor(KernelDevice device)
{
    private const int MostBlocks = 32;
    private readonly Kernel<EntryParameters> countKernel = new(device, CountEntries);
    private readonly Kernel<EntryParameters> placeKernel = new(device, PlaceEntries);
    private readonly LatentOffsets latentOffsets = new(device);

    public void Run(in BuildLatentMajorArguments arguments)
    {
        int rows = arguments.Rows;
        int blocks = Math.Clamp(rows, 1, MostBlocks);
        int allBlocks = arguments.AuxCodes is null ? blocks : 2 * blocks;
        int latents = arguments.List.Latents;
        EntryParameters parameters = new()
        {
            Codes = CodesView.Of(device, arguments.Codes),
            Table = device.Scratch.Int("BuildLatentMajor.Table", (long)allBlocks * latents),
            ListRows = device.View(arguments.List.Rows),
            ListValues = device.View(arguments.List.Values),
            Rows = rows,
            Latents = latents,
        };
        EntryParameters auxParameters = parameters with { FirstBlock = blocks, FirstRow = rows };
        this.countKernel.Launch(blocks, device.GroupSize, parameters);
        if (arguments.AuxCodes is not null)
        {
            auxParameters.Codes = CodesView.Of(device, arguments.AuxCodes);
            this.countKernel.Launch(blocks, device.GroupSize, auxParameters);
        }

        this.latentOffsets.Launch(parameters.Table, device.View(arguments.List.Offsets), latents, allBlocks);
        this.placeKernel.Launch(blocks, device.GroupSize, parameters);
        if (arguments.AuxCodes is not null)
        {
            this.placeKernel.Launch(blocks, device.GroupSize, auxParameters);
        }
    }

    private static void CountEntries(EntryParameters p)
    {
        long table = (long)(p.FirstBlock + Grid.IdxX) * p.Latents;
        for (int latent = Group.IdxX; latent < p.Latents; latent += Group.DimX)
        {
            p.Table[table + latent] = 0;
        }

        Group.Barrier();
        int endRow = FirstRowOf(p, Grid.IdxX + 1);
        for (int row = FirstRowOf(p, Grid.IdxX); row < endRow; row++)
        {
            int end = p.Codes.RowOffsets[row + 1];
            for (int entry = p.Codes.RowOffsets[row] + Group.IdxX; entry < end; entry += Group.DimX)
            {
                if (p.Codes.Values[entry] != 0)
                {
                    p.Table[table + p.Codes.Indices[entry]]++;
                }
            }

            Group.Barrier();
        }
    }

    private static void PlaceEntries(EntryParameters p)
    {
        long table = (long)(p.FirstBlock + Grid.IdxX) * p.Latents;
        int endRow = FirstRowOf(p, Grid.IdxX + 1);
        for (int row = FirstRowOf(p, Grid.IdxX); row < endRow; row++)
        {
            int end = p.Codes.RowOffsets[row + 1];
            for (int entry = p.Codes.RowOffsets[row] + Group.IdxX; entry < end; entry += Group.DimX)
            {
                float value = p.Codes.Values[entry];
                if (value != 0)
                {
                    long cell = table + p.Codes.Indices[entry];
                    int target = p.Table[cell];
                    p.ListRows[target] = p.FirstRow + row;
                    p.ListValues[target] = value;
                    p.Table[cell] = target + 1;
                }
            }

            Group.Barrier();
        }
    }

    private static int FirstRowOf(EntryParameters p, int block) => (int)((long)p.Rows * block / Grid.DimX);

    internal struct EntryParameters
    {
        public CodesView Codes;
        public ArrayView<int> Table;
        public ArrayView<int> ListRows;
        public ArrayView<float> ListValues;
        public int Rows;
        public int Latents;
        public int FirstBlock;
        public int FirstRow;
    }
}
