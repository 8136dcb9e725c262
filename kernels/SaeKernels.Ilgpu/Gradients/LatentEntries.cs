using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of the entries of all latents, and the gradient of packs of a latent's rows.</summary>
internal struct LatentEntries
{
    /// <summary>A penalty that is weighted by the decoder row's norm.</summary>
    public const int ByNorm = 2;

    /// <summary>The batches whose entries these are; in others no latent is visited.</summary>
    public EntryWay Way;
    public ArrayView<int> Offsets;
    public ArrayView<int> Rows;
    public ArrayView<float> Values;
    public ArrayView<float> Input;
    public ArrayView<float> Residuals;
    public ArrayView<float> AuxScale;

    /// <summary>W_dec of the list's latents, from before the step.</summary>
    public ArrayView<float> WDec;

    /// <summary>dz of each entry.</summary>
    public ArrayView<float> GradEntries;

    /// <summary>Receives the weighted sum of each latent's activations.</summary>
    public ArrayView<float> PenaltySums;

    /// <summary>The gradients of segments that one latent fills, and the sums over their entries.</summary>
    public ArrayView<float> DecoderSegments;

    /// <inheritdoc cref="DecoderSegments"/>
    public ArrayView<float> EncoderSegments;

    /// <inheritdoc cref="DecoderSegments"/>
    public ArrayView<float> SegmentSums;

    /// <summary>Ends of the groups of latents that read residuals of their own; one for all latents else.</summary>
    public ArrayView<int> PrefixEnds;
    public float Scale;
    public float PenaltyScale;

    /// <summary>A factor on the penalty's scale, where the device has one.</summary>
    public ArrayView<float> PenaltyFactor;
    public int HasPenaltyFactor;

    /// <summary>0 for no penalty, 1 for one that all latents pay alike, 2 for one by the decoder row's norm.</summary>
    public int Penalty;
    /// <summary>
    /// Whether entries of value 0 are near a threshold, but not active: then their dz counts for the threshold only.
    /// </summary>
    public int HasThresholds;
    public int HasAux;
    public int IsProjected;
    public int Latents;
    public int Batch;
    public int DIn;
    public int DOut;

    public int Prefixes;
    public int FirstBlock;

    /// <summary>From an entry's row to the row of residuals that it reads; of the latent that is visited.</summary>
    public int Shift;

    /// <summary>Entries of a segment; segments are counted from the first entry of the list.</summary>
    public int SegmentLength;

    public static LatentEntries Of(KernelDevice device, in LatentGradientInputs inputs, EntryList list, RealBuffer wDec)
    {
        ArrayView<float> residuals = device.View(inputs.Residuals);
        int dOut = inputs.Residuals.Columns;
        int rows = (inputs.AuxResidualScale is null ? 1 : 2) * inputs.Input.Rows;
        long segments = Ilgpu.SegmentSums.CountOn(device, list.Capacity, rows);
        LatentEntries entries = new()
        {
            Way = list.Way,
            Offsets = list.Offsets,
            Rows = list.Rows,
            Values = list.Values,
            Input = device.View(inputs.Input),
            Residuals = residuals,
            AuxScale = inputs.AuxResidualScale is ScalarSlot slot
                ? device.View(slot.Buffer).SubView(slot.Index, 1)
                : residuals,
            GradEntries = device.Scratch.Real("LatentEntries.GradEntries", list.Capacity),
            WDec = list.RowsOf(device.View(wDec), dOut),
            PenaltySums = residuals,
            PenaltyFactor = residuals,
            DecoderSegments = device.Scratch.Real("SegmentSums.Decoder", segments * dOut),
            EncoderSegments = device.Scratch.Real("SegmentSums.Encoder", segments * inputs.Input.Columns),
            SegmentSums = device.Scratch.Real("SegmentSums.Sums", Ilgpu.SegmentSums.NumbersOf(segments)),
            Scale = (float)inputs.ResidualScale,
            HasThresholds = inputs.Threshold is null ? 0 : 1,
            HasAux = inputs.AuxResidualScale is null ? 0 : 1,
            IsProjected = inputs.ProjectDecoderGradient ? 1 : 0,
            Latents = list.Latents,
            Batch = inputs.Input.Rows,
            DIn = inputs.Input.Columns,
            DOut = dOut,
            PrefixEnds = inputs.Prefixes is LatentPrefixes prefixes ? device.View(prefixes.Ends) : list.Offsets,
            Prefixes = inputs.Prefixes?.Count ?? 1,
            FirstBlock = inputs.Prefixes?.FirstBlock ?? 0,
            SegmentLength = Ilgpu.SegmentSums.LengthOn(device),
        };
        return inputs.Penalty is SparsityPenalty penalty ? entries.With(device, penalty, list) : entries;
    }

    /// <summary>Returns the factor from auxiliary residuals to their gradient, 0 where there are none.</summary>
    public static float AuxScaleOf(LatentEntries entries)
    {
        float scale = 0;
        if (entries.HasAux != 0)
        {
            scale = entries.AuxScale[0];
        }

        return scale;
    }

    /// <summary>Returns the scale of the penalty, with its factor.</summary>
    public static float PenaltyScaleOf(LatentEntries entries)
    {
        float scale = entries.PenaltyScale;
        if (entries.HasPenaltyFactor != 0)
        {
            scale *= entries.PenaltyFactor[0];
        }

        return scale;
    }

    /// <summary>Returns what the rows of a latent's entries are shifted by to those of its residuals.</summary>
    public static int ShiftOf(LatentEntries entries, int latent)
    {
        int group = 0;
        while (group < entries.Prefixes - 1 && latent >= entries.PrefixEnds[group])
        {
            group++;
        }

        return group == entries.Prefixes - 1
            ? 0
            : (entries.FirstBlock + entries.Prefixes - 2 - group) * entries.Batch;
    }

    /// <summary>Whether an entry is active, not only near its threshold.</summary>
    public static bool IsActive(LatentEntries entries, int entry) =>
        entries.HasThresholds == 0 || entries.Values[entry] != 0;

    /// <summary>Returns the latent of an entry, by binary search.</summary>
    public static int LatentOf(LatentEntries entries, int entry)
    {
        int low = 0;
        int high = entries.Latents - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            bool isBefore = entries.Offsets[middle + 1] <= entry;
            low = isBefore ? middle + 1 : low;
            high = isBefore ? high : middle;
        }

        return low;
    }

    /// <summary>Returns a pack of ∂W_dec of a latent, projected where asked.</summary>
    public static TPack DecoderGradient<TPack>(
        LatentEntries entries, LatentVisit.LatentSums sums, int column, float auxScale, TPack weights)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack gradient = SumOfLatent<TPack, DecoderSide>(entries, sums.Range, column, auxScale);
        return entries.IsProjected != 0 || entries.Penalty == ByNorm
            ? TPack.AddScaled(gradient, -sums.Along, weights)
            : gradient;
    }

    /// <summary>Returns a pack of ∂W_enc of a latent.</summary>
    public static TPack EncoderGradient<TPack>(LatentEntries entries, LatentVisit.LatentSums sums, int column)
        where TPack : unmanaged, IPack<TPack> =>
        SumOfLatent<TPack, EncoderSide>(entries, sums.Range, column, 0);

    /// <summary>Adds factor · row over entries, ascending; four rows are on their way at once.</summary>
    public static TPack AddEntries<TPack, TSide>(
        TPack start, LatentEntries entries, int first, int end, int column, float auxScale)
        where TPack : unmanaged, IPack<TPack>
        where TSide : struct, IGradientSide
    {
        TPack sum = start;
        int entry = first;
        for (; entry + 3 < end; entry += 4)
        {
            TPack a = TPack.Load(TSide.Matrix(entries), TSide.RowStart(entries, entry) + column);
            TPack b = TPack.Load(TSide.Matrix(entries), TSide.RowStart(entries, entry + 1) + column);
            TPack c = TPack.Load(TSide.Matrix(entries), TSide.RowStart(entries, entry + 2) + column);
            TPack d = TPack.Load(TSide.Matrix(entries), TSide.RowStart(entries, entry + 3) + column);
            sum = TPack.AddScaled(sum, TSide.Factor(entries, entry, auxScale), a);
            sum = TPack.AddScaled(sum, TSide.Factor(entries, entry + 1, auxScale), b);
            sum = TPack.AddScaled(sum, TSide.Factor(entries, entry + 2, auxScale), c);
            sum = TPack.AddScaled(sum, TSide.Factor(entries, entry + 3, auxScale), d);
        }

        for (; entry < end; entry++)
        {
            TPack last = TPack.Load(TSide.Matrix(entries), TSide.RowStart(entries, entry) + column);
            sum = TPack.AddScaled(sum, TSide.Factor(entries, entry, auxScale), last);
        }

        return sum;
    }

    private readonly LatentEntries With(KernelDevice device, SparsityPenalty penalty, EntryList list) => this with
    {
        PenaltySums = device.View(penalty.Sums).SubView(list.FirstLatent, list.Latents),
        PenaltyScale = (float)penalty.Scale,
        PenaltyFactor = penalty.Factor is ScalarSlot slot
            ? device.View(slot.Buffer).SubView(slot.Index, 1)
            : this.PenaltyFactor,
        HasPenaltyFactor = penalty.Factor is null ? 0 : 1,
        Penalty = penalty.ByDecoderNorm ? ByNorm : 1,
    };

    /// <summary>Adds the entries before the latent's first segment, its segments, and the entries after them.</summary>
    private static TPack SumOfLatent<TPack, TSide>(LatentEntries entries, EntryRange range, int column, float auxScale)
        where TPack : unmanaged, IPack<TPack>
        where TSide : struct, IGradientSide
    {
        int headEnd = range.First + range.Head;
        int end = range.Tail + (range.Count - range.Head);
        TPack sum = AddEntries<TPack, TSide>(default, entries, range.First, headEnd, column, auxScale);
        for (int segment = range.FirstSegment; segment < range.EndSegment; segment++)
        {
            long place = ((long)segment * TSide.Columns(entries)) + column;
            sum = TPack.AddScaled(sum, 1, TPack.Load(TSide.Segments(entries), place));
        }

        return AddEntries<TPack, TSide>(sum, entries, range.Tail, end, column, auxScale);
    }
}
