using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of the entries of all latents, and the gradient of packs of a latent's rows.</summary>
internal struct LatentEntries
{
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

    /// <summary>Receives what each latent's activations cost.</summary>
    public ArrayView<float> PenaltySums;

    /// <summary>The gradients of segments that one latent fills, and the sums over their entries.</summary>
    public ArrayView<float> DecoderSegments;

    /// <inheritdoc cref="DecoderSegments"/>
    public ArrayView<float> EncoderSegments;

    /// <inheritdoc cref="DecoderSegments"/>
    public ArrayView<float> SegmentSums;

    /// <summary>Ends of the groups of latents that read residuals of their own; one for all latents else.</summary>
    public ArrayView<int> PrefixEnds;

    /// <summary>A factor on the penalty's scale, where the device has one.</summary>
    public ArrayView<float> PenaltyFactor;
    public int HasPenaltyFactor;

    /// <summary>What each latent pays for what is not active; not there where nobody does.</summary>
    public ArrayView<float> Prices;

    /// <summary>Σ x̃ over all rows, with those.</summary>
    public ArrayView<float> InputSums;
    public float Scale;

    /// <summary>What activations cost.</summary>
    public PenaltyView Penalty;

    /// <summary>Where the parts of decoder rows end; without meaning where there is one.</summary>
    public ArrayView<int> SiteEnds;

    /// <summary>The lengths of the parts of each latent's decoder row, [latents, sites], noted by its visit.</summary>
    public ArrayView<float> SiteNorms;
    public int Sites;

    /// <summary>DOut, or an odd number where a pack of four columns would lie in two sites.</summary>
    public int LaunchedDOut;

    /// <summary>
    /// Thresholds. Where there are such, entries of value 0 are near one, but not active, and have no dz of their own.
    /// </summary>
    public JumpView Jump;

    /// <summary>Magnitudes. Where there are such, values are pre-activations of gates.</summary>
    public GateView Gate;
    public int HasAux;
    public int IsProjected;
    public int Latents;
    public int Batch;
    public int DIn;
    public int DOut;

    public int Prefixes;
    public int FirstBlock;

    /// <summary>Whether latents pay for their activations once for each prefix that holds them.</summary>
    public int PaysPerPrefix;

    /// <summary>How often the latent that is visited pays.</summary>
    public float Payments;

    /// <summary>Whether there are prices.</summary>
    public int HasInactive;

    /// <summary>From an entry's row to the row of residuals that it reads; of the latent that is visited.</summary>
    public int Shift;

    /// <summary>What dz of an active entry gains before all rows lose it; of the latent that is visited.</summary>
    public float Push;

    /// <summary>The factor on its decoder row that ∂W_dec gains; of the latent that is visited.</summary>
    public float Pull;

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
            SiteEnds = list.Offsets,
            SiteNorms = residuals,
            Sites = 1,
            PenaltyFactor = residuals,
            DecoderSegments = device.Scratch.Real("SegmentSums.Decoder", segments * dOut),
            EncoderSegments = device.Scratch.Real("SegmentSums.Encoder", segments * inputs.Input.Columns),
            SegmentSums = device.Scratch.Real("SegmentSums.Sums", Ilgpu.SegmentSums.NumbersOf(segments)),
            Scale = (float)inputs.ResidualScale,
            Jump = JumpView.Of(device, inputs, list),
            Gate = GateView.Of(device, inputs, list),
            Prices = residuals,
            InputSums = residuals,
            HasAux = inputs.AuxResidualScale is null ? 0 : 1,
            IsProjected = inputs.ProjectDecoderGradient ? 1 : 0,
            Latents = list.Latents,
            Batch = inputs.Input.Rows,
            DIn = inputs.Input.Columns,
            DOut = dOut,
            LaunchedDOut = dOut,
            PrefixEnds = inputs.Prefixes is LatentPrefixes prefixes
                ? device.View(prefixes.Ends).SubView(prefixes.FirstEnd, prefixes.Count)
                : list.Offsets,
            PaysPerPrefix = inputs.Penalty?.PerPrefix == true ? 1 : 0,
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

    private static int GroupOf(LatentEntries entries, int latent)
    {
        int group = 0;
        while (group < entries.Prefixes - 1 && latent >= entries.PrefixEnds[group])
        {
            group++;
        }

        return group;
    }

    /// <summary>Returns what the rows of a group's entries are shifted by to those of its residuals.</summary>
    private static int ShiftOf(LatentEntries entries, int group) => group == entries.Prefixes - 1
        ? 0
        : (entries.FirstBlock + entries.Prefixes - 2 - group) * entries.Batch;

    /// <summary>Reads what is the same for all latents; called in kernels, once.</summary>
    public static LatentEntries Load(LatentEntries entries)
    {
        entries.Jump = JumpView.Load(entries.Jump);
        if (entries.HasPenaltyFactor != 0)
        {
            entries.Penalty.Scale *= entries.PenaltyFactor[0];
        }

        return entries;
    }

    /// <summary>Reads what is the same for all entries of a latent.</summary>
    public static LatentEntries At(LatentEntries entries, int latent)
    {
        int group = GroupOf(entries, latent);
        entries.Shift = ShiftOf(entries, group);
        entries.Payments = entries.PaysPerPrefix != 0 ? entries.Prefixes - group : 1;
        entries.Jump.Cut = JumpView.CutOf(entries.Jump, latent);
        entries.Gate = GateView.At(entries.Gate, latent);
        entries.Push = InactivePrices.PushOf(entries, latent);
        entries.Pull = InactivePrices.PullOf(entries, latent);
        return entries;
    }

    /// <summary>
    /// Returns the gradient by an entry's pre-activation from that by its value, before what all rows lose.
    /// </summary>
    public static float OfInput(LatentEntries entries, int entry, float gradient)
    {
        float ofInput = gradient + entries.Push;
        if (entries.Jump.Exists != 0)
        {
            float value = entries.Values[entry];
            ofInput = (value != 0 ? ofInput : 0f) + JumpView.Flow(entries.Jump, value, gradient);
        }

        return ofInput;
    }

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
        return entries.IsProjected != 0 || entries.HasInactive != 0 || PenaltyView.IsByNorm(entries.Penalty)
            ? TPack.AddScaled(gradient, -LatentVisit.AlongOf(entries, sums, column), weights)
            : gradient;
    }

    /// <summary>Returns a pack of ∂W_enc of a latent.</summary>
    public static TPack EncoderGradient<TPack>(LatentEntries entries, LatentVisit.LatentSums sums, int column)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack gradient = SumOfLatent<TPack, EncoderSide>(entries, sums.Range, column, 0);
        if (entries.HasInactive != 0)
        {
            gradient = TPack.AddScaled(gradient, -entries.Push, TPack.Load(entries.InputSums, column));
        }

        return gradient;
    }

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
        PenaltyFactor = penalty.Factor is ScalarSlot slot
            ? device.View(slot.Buffer).SubView(slot.Index, 1)
            : this.PenaltyFactor,
        HasPenaltyFactor = penalty.Factor is null ? 0 : 1,
        SiteEnds = penalty.SiteEnds is null ? this.SiteEnds : device.View(penalty.SiteEnds),
        SiteNorms = penalty.Sites == 1
            ? this.SiteNorms
            : device.Scratch.Real("LatentEntries.SiteNorms", (long)list.Latents * penalty.Sites),
        Sites = penalty.Sites,
        LaunchedDOut = penalty.Sites == 1 || penalty.SiteAlignment % Pack4.Width == 0 ? this.DOut : this.DOut | 1,
        Penalty = PenaltyView.Of(penalty),
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
