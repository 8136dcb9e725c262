using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>Entries by latent of some latents in a row, as kernels see them.</summary>
internal readonly record struct EntryList(
    ArrayView<int> Offsets, ArrayView<int> Rows, ArrayView<float> Values, int FirstLatent, int Latents, int Capacity)
{
    /// <summary>The batches whose entries these are.</summary>
    public EntryWay Way { get; init; }

    /// <summary>The rows of a matrix, one a latent, that belong to the list.</summary>
    public ArrayView<float> RowsOf(ArrayView<float> matrix, int columns) =>
        matrix.SubView((long)this.FirstLatent * columns, (long)this.Latents * columns);
}

/// <summary>
/// Computes   the entries of all latents in one list, or those of ReLU a block of latents at a time; both lists where
///            the device decides which of them the batch has
/// Work       two visits an activation of the block, beside ReluActivations
/// Traffic    8 · batch · latents + 8 · entries bytes → bound by memory
/// Launch     groups take latents in turns; LatentOffsets between counting and placing
/// Shared     0.6 KiB        Barriers  2 a latent to count, 3 per group size of rows to place
/// Order      rows ascending; deterministic
/// Error      none
/// Source     Knuth, TAOCP 3, §5.2 (distribution counting)
/// </summary>
internal sealed class EntryLists(KernelDevice device)
{
    private readonly ReluActivations activations = new(device);
    private readonly LatentOffsets latentOffsets = new(device);
    private readonly Kernel<Parameters> countKernel = new(device, CountEntries);
    private readonly Kernel<Parameters> placeKernel = new(device, PlaceEntries);

    /// <summary>Yields one list after another; each is overwritten by the next.</summary>
    public IEnumerable<EntryList> Of(LatentGradientInputs inputs, ArrayView<float> wEnc)
    {
        if (inputs.List is LatentMajorList list)
        {
            yield return new EntryList(
                device.View(list.Offsets),
                device.View(list.Rows),
                device.View(list.Values),
                0,
                list.Latents,
                list.Capacity)
            {
                Way = EntryWay.Of(device, inputs.Relu?.Codes, isListed: true),
            };
        }

        int latents = inputs.Relu?.Latents ?? 0;
        int block = this.activations.LatentsOfBlock(inputs.Input.Rows, latents);
        for (int first = 0; first < latents; first += block)
        {
            yield return Launch(inputs, wEnc, first, Math.Min(block, latents - first));
        }
    }

    private EntryList Launch(LatentGradientInputs inputs, ArrayView<float> wEnc, int first, int latents)
    {
        ArrayView<float> bEnc = device.View(inputs.Relu!.Value.BEnc);
        int rows = inputs.Input.Rows;
        int capacity = checked(Math.Max(1, latents * rows));
        EntryWay way = EntryWay.Of(device, inputs.Relu.Value.Codes, isListed: false);
        Parameters parameters = new()
        {
            Way = way,
            Activations = this.activations.Launch(
                way,
                inputs.Input,
                wEnc,
                bEnc,
                inputs.Threshold?.Values,
                inputs.Threshold?.Bandwidth ?? 0,
                first,
                latents),
            Counts = device.Scratch.Int("EntryLists.Counts", latents),
            Offsets = device.Scratch.Int("EntryLists.Offsets", latents + 1L),
            ListRows = device.Scratch.Int("EntryLists.Rows", capacity),
            ListValues = device.Scratch.Real("EntryLists.Values", capacity),
            Latents = latents,
            Rows = rows,
        };
        this.countKernel.Launch(device.Groups(latents), device.GroupSize, parameters);
        this.latentOffsets.Launch(parameters.Counts, parameters.Offsets, latents);
        this.placeKernel.Launch(device.Groups(latents), device.GroupSize, parameters);
        return new EntryList(
            parameters.Offsets,
            parameters.ListRows.SubView(0, capacity),
            parameters.ListValues.SubView(0, capacity),
            first,
            latents,
            capacity)
        {
            Way = way,
        };
    }

    private static void CountEntries(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int latents = EntryWay.Count(p.Way, p.Latents);
        for (int latent = Grid.IdxX; latent < latents; latent += Grid.DimX)
        {
            int count = 0;
            for (int row = Group.IdxX; row < p.Rows; row += Group.DimX)
            {
                count += ReluActivations.IsEntry(p.Activations[((long)latent * p.Rows) + row]) ? 1 : 0;
            }

            count = GroupReduction.Sum(shared, count);
            if (Group.IdxX == 0)
            {
                p.Counts[latent] = count;
            }
        }
    }

    private static void PlaceEntries(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(KernelDevice.MaxGroupSize);
        ArrayView<int> segments = SharedMemory.Allocate<int>(GroupReduction.Width);
        int latents = EntryWay.Count(p.Way, p.Latents);
        for (int latent = Grid.IdxX; latent < latents; latent += Grid.DimX)
        {
            int end = p.Offsets[latent];
            for (int first = 0; first < p.Rows; first += Group.DimX)
            {
                int row = first + Group.IdxX;
                float value = 0;
                if (row < p.Rows)
                {
                    value = p.Activations[((long)latent * p.Rows) + row];
                }

                int place = end + GroupScan.Exclusive(shared, segments, ReluActivations.IsEntry(value) ? 1 : 0);
                end += GroupScan.Total(segments);
                if (ReluActivations.IsEntry(value))
                {
                    p.ListRows[place] = row;
                    p.ListValues[place] = value;
                }
            }
        }
    }

    internal struct Parameters
    {
        public EntryWay Way;
        public ArrayView<float> Activations;
        public ArrayView<int> Counts;
        public ArrayView<int> Offsets;
        public ArrayView<int> ListRows;
        public ArrayView<float> ListValues;
        public int Latents;
        public int Rows;
    }
}
