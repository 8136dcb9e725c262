using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   the active entries by latent, and within a latent by row: a counting sort
/// Work       three visits an entry; for latents with more than 64 entries two more and batch / 16 bits
/// Traffic    48 · entries + 16 · DSae bytes → bound by memory latency
/// Launch     groups take rows in turns for counting and placing, latents in turns for the order by row
/// Shared     3.5 KiB        Barriers  5 a latent with more than 64 entries for each 8192 rows, and LatentOffsets'
/// Order      entries come to their latent in any order; each then goes to the place that its row's rank gives;
///            deterministic
/// Error      none
/// Source     Knuth, TAOCP 3, §5.2 (distribution counting); rank by counting set bits
/// </summary>
internal sealed class BuildLatentMajor(KernelDevice device)
{
    private readonly Kernel<EntryParameters> countKernel = new(device, CountEntries);
    private readonly Kernel<EntryParameters> placeKernel = new(device, PlaceEntries);
    private readonly LatentOffsets latentOffsets = new(device);
    private readonly RowOrder rowOrder = new(device);

    public void Run(in BuildLatentMajorArguments arguments)
    {
        int rows = arguments.Rows;
        int latents = arguments.List.Latents;
        EntryParameters parameters = new()
        {
            Codes = CodesView.Of(device, arguments.Codes),
            Cursors = device.Scratch.Int("BuildLatentMajor.Cursors", latents),
            PlacedRows = device.Scratch.Int("BuildLatentMajor.Rows", arguments.List.Capacity),
            PlacedValues = device.Scratch.Real("BuildLatentMajor.Values", arguments.List.Capacity),
            Rows = rows,
            IncludesZeros = arguments.IncludesZeros ? 1 : 0,
        };
        parameters.Cursors.MemSetToZero(device.Stream);
        Launch(this.countKernel, parameters, arguments.AuxCodes);
        this.latentOffsets.Launch(parameters.Cursors, device.View(arguments.List.Offsets), latents);
        Launch(this.placeKernel, parameters, arguments.AuxCodes);
        int allRows = arguments.AuxCodes is null ? rows : 2 * rows;
        this.rowOrder.Launch(parameters.PlacedRows, parameters.PlacedValues, allRows, arguments.List);
    }

    private void Launch(Kernel<EntryParameters> kernel, in EntryParameters parameters, SparseCodes? auxCodes)
    {
        int groups = device.Groups(parameters.Rows);
        kernel.Launch(groups, device.GroupSize, parameters);
        if (auxCodes is not null)
        {
            EntryParameters auxParameters = parameters with
            {
                Codes = CodesView.Of(device, auxCodes),
                FirstRow = parameters.Rows,
            };
            kernel.Launch(groups, device.GroupSize, auxParameters);
        }
    }

    private static void CountEntries(EntryParameters p)
    {
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            int end = p.Codes.RowOffsets[row + 1];
            for (int entry = p.Codes.RowOffsets[row] + Group.IdxX; entry < end; entry += Group.DimX)
            {
                if (p.IncludesZeros != 0 || p.Codes.Values[entry] != 0)
                {
                    Atomic.Add(ref p.Cursors[p.Codes.Indices[entry]], 1);
                }
            }
        }
    }

    private static void PlaceEntries(EntryParameters p)
    {
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            int end = p.Codes.RowOffsets[row + 1];
            for (int entry = p.Codes.RowOffsets[row] + Group.IdxX; entry < end; entry += Group.DimX)
            {
                float value = p.Codes.Values[entry];
                if (p.IncludesZeros != 0 || value != 0)
                {
                    int place = Atomic.Add(ref p.Cursors[p.Codes.Indices[entry]], 1);
                    p.PlacedRows[place] = p.FirstRow + row;
                    p.PlacedValues[place] = value;
                }
            }
        }
    }

    internal struct EntryParameters
    {
        public CodesView Codes;

        /// <summary>[DSae] counts, then where the next entry goes.</summary>
        public ArrayView<int> Cursors;
        public ArrayView<int> PlacedRows;
        public ArrayView<float> PlacedValues;
        public int Rows;
        public int FirstRow;
        public int IncludesZeros;
    }
}
