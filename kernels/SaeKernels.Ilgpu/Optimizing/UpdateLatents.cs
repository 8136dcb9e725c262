using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   LatentGradients, then AdamUpdate on W_enc[j], b_enc[j] and W_dec[j], then NormalizeRows on W_dec[j]
/// Work       that of the three
/// Traffic    4 · entries · (2 · DOut + DIn) + 28 · DSae · (DOut + DIn) bytes → bound by memory
/// Launch     list after list: that of EntryGradients, EncoderPath and SegmentSums; then groups take latents in turns,
///            threads take packs of four columns in turns; four rows in flight
/// Shared     1.1 KiB        Barriers  6 a latent
/// Order      entries ascending; columns in a fixed tree; deterministic
/// Error      that of the three; the gradient is in float32 before the step
/// Source     Gao et al. 2024, §2.3; Kingma and Ba, ICLR 2015
/// </summary>
internal sealed class UpdateLatents(KernelDevice device)
{
    private readonly EntryLists entryLists = new(device);
    private readonly EntryGradients entryGradients = new(device);
    private readonly EncoderPath encoderPath = new(device);
    private readonly SegmentSums segmentSums = new(device);
    private readonly PackKernel<Parameters> kernel = new(device, UpdateRows<Pack1>, UpdateRows<Pack4>);
    private readonly Kernel<PathParameters> pathKernel = new(device, AddPaths);

    public void Run(in UpdateLatentsArguments arguments)
    {
        LatentGradientInputs inputs = arguments.Inputs;
        ArrayView<float> wEnc = device.View(arguments.WEnc.Values);
        ArrayView<float> total = device.View(arguments.EncoderPath);
        int dIn = inputs.Input.Columns;
        int lists = this.entryLists.Count(inputs);
        ArrayView<float> paths = lists == 1 ? total : device.Scratch.Real("UpdateLatents.Paths", (long)lists * dIn);
        int first = 0;
        foreach (EntryList list in this.entryLists.Of(inputs, wEnc))
        {
            RunBlock(arguments, list, paths.SubView(first, dIn));
            first += dIn;
        }

        if (lists > 1)
        {
            PathParameters parameters = new() { Paths = paths, EncoderPath = total, Lists = lists, DIn = dIn };
            this.pathKernel.Launch(device.GroupsOfElements(dIn), device.GroupSize, parameters);
        }
    }

    private void RunBlock(in UpdateLatentsArguments arguments, EntryList list, ArrayView<float> path)
    {
        LatentEntries entries = LatentEntries.Of(device, arguments.Inputs, list);
        ArrayView<float> gradBEnc = device.Scratch.Real("UpdateLatents.GradBEnc", entries.Latents);
        Parameters parameters = new()
        {
            Entries = entries,
            WEnc = AdamView.Of(device, arguments.WEnc).RowsOf(list, entries.DIn),
            BEnc = AdamView.Of(device, arguments.BEnc).RowsOf(list, 1),
            WDec = AdamView.Of(device, arguments.WDec).RowsOf(list, entries.DOut),
            GradBEnc = gradBEnc,
            RowSquaredNorms = device.View(arguments.RowSquaredNorms).SubView(list.FirstLatent, list.Latents),
            Factor = arguments.GradientFactor is ScalarSlot slot ? device.View(slot.Buffer) : gradBEnc,
            HasFactor = arguments.GradientFactor is null ? 0 : 1,
            FactorIndex = arguments.GradientFactor?.Index ?? 0,
            Scalars = AdamScalars.Of(arguments.Step),
            Normalizes = arguments.NormalizeDecoder ? 1 : 0,
        };
        this.entryGradients.Launch(entries, parameters.WDec.Values, gradBEnc);
        this.encoderPath.Launch(parameters.WEnc.Values, gradBEnc, entries.Latents, entries.DIn, path);
        this.segmentSums.Launch(entries);
        this.kernel.Launch(entries.Latents, entries.DOut, entries.DIn, parameters);
    }

    private static void AddPaths(PathParameters p)
    {
        for (int d = (Grid.IdxX * Group.DimX) + Group.IdxX; d < p.DIn; d += Grid.DimX * Group.DimX)
        {
            float sum = p.Paths[d];
            for (int list = 1; list < p.Lists; list++)
            {
                sum += p.Paths[((long)list * p.DIn) + d];
            }

            p.EncoderPath[d] = sum;
        }
    }

    private static void UpdateRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        float factor = 1;
        if (p.HasFactor != 0)
        {
            factor = p.Factor[p.FactorIndex];
        }

        for (int latent = Grid.IdxX; latent < p.Entries.Latents; latent += Grid.DimX)
        {
            float squares = UpdateDecoder<TPack>(p, latent, auxScale, factor) + UpdateEncoder<TPack>(p, latent, factor);
            squares = GroupReduction.Sum(shared, squares);
            if (Group.IdxX == 0)
            {
                float gradient = p.GradBEnc[latent];
                p.RowSquaredNorms[latent] = Fma(gradient, gradient, squares);
                AdamView.Apply(p.BEnc, p.Scalars, latent, new Pack1(gradient), factor);
            }

            // PoCL 6 corrupts memory where a barrier is under a condition, even one that is the same for all threads.
            UnitRow.Scale<TPack>(
                p.WDec.Values, (long)latent * p.Entries.DOut, p.Entries.DOut, p.Normalizes != 0, shared);
        }
    }

    private static float UpdateDecoder<TPack>(Parameters p, int latent, float auxScale, float factor)
        where TPack : unmanaged, IPack<TPack>
    {
        float squares = 0;
        for (int d = Group.IdxX * TPack.Width; d < p.Entries.DOut; d += Group.DimX * TPack.Width)
        {
            long place = ((long)latent * p.Entries.DOut) + d;
            TPack gradient = LatentEntries.DecoderGradient(
                p.Entries, latent, d, auxScale, TPack.Load(p.WDec.Values, place));
            squares = TPack.AddProducts(squares, gradient, gradient);
            AdamView.Apply(p.WDec, p.Scalars, place, gradient, factor);
        }

        return squares;
    }

    private static float UpdateEncoder<TPack>(Parameters p, int latent, float factor)
        where TPack : unmanaged, IPack<TPack>
    {
        float squares = 0;
        for (int d = Group.IdxX * TPack.Width; d < p.Entries.DIn; d += Group.DimX * TPack.Width)
        {
            TPack gradient = LatentEntries.EncoderGradient<TPack>(p.Entries, latent, d);
            squares = TPack.AddProducts(squares, gradient, gradient);
            AdamView.Apply(p.WEnc, p.Scalars, ((long)latent * p.Entries.DIn) + d, gradient, factor);
        }

        return squares;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public AdamView WEnc;
        public AdamView BEnc;
        public AdamView WDec;
        public ArrayView<float> GradBEnc;
        public ArrayView<float> RowSquaredNorms;
        public ArrayView<float> Factor;
        public AdamScalars Scalars;
        public int HasFactor;
        public int FactorIndex;
        public int Normalizes;
    }

    internal struct PathParameters
    {
        public ArrayView<float> Paths;
        public ArrayView<float> EncoderPath;
        public int Lists;
        public int DIn;
    }
}
