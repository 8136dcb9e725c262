using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   ∂W_dec[j] = Σ v·g, ∂W_enc[j] = Σ dz·x̃, ∂b_enc[j] = Σ dz, squared norms, and Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       entries · (4 · DOut + 2 · DIn) FLOP, and 4 · DSae · DOut for the projection
/// Traffic    4 · entries · (2 · DOut + DIn) + 8 · DSae · (DOut + DIn) bytes → bound by memory
/// Launch     that of EntryGradients, EncoderPath and SegmentSums; then groups take latents in turns, threads take
///            packs of four columns in turns; four rows in flight
/// Shared     1.1 KiB        Barriers  2 a latent
/// Order      entries ascending; columns in a fixed tree; deterministic
/// Error      ∂W_dec: (n + 2) · 2⁻²⁴ · Σ|v·g|, with projection (n / 16 + DOut / 16 + 37) · 2⁻²⁴ · Σ|v·g·w| · |w| more;
///            ∂W_enc: (n + DOut / 16 + 18) · 2⁻²⁴ · Σ|g·w|·|x̃|;
///            norms: ((DIn + DOut) / 128 + 26) · 2⁻²⁴ of themselves more
/// Source     Gao et al. 2024, §2.3; projection: Bricken et al. 2023, appendix
/// </summary>
internal sealed class LatentGradients(KernelDevice device)
{
    private readonly EntryLists entryLists = new(device);
    private readonly EntryGradients entryGradients = new(device);
    private readonly EncoderPath encoderPath = new(device);
    private readonly SegmentSums segmentSums = new(device);
    private readonly PackKernel<Parameters> kernel = new(device, StoreRows<Pack1>, StoreRows<Pack4>);

    public void Run(in LatentGradientsArguments arguments)
    {
        LatentGradientInputs inputs = arguments.Inputs;
        ArrayView<float> wEnc = device.View(arguments.WEnc);
        ArrayView<float> gradBEnc = device.View(arguments.GradBEnc);
        foreach (EntryList list in this.entryLists.Of(inputs, wEnc))
        {
            RunBlock(arguments, list);
        }

        ArrayView<float> path = device.View(arguments.EncoderPath);
        this.encoderPath.Launch(wEnc, gradBEnc, inputs.Latents, inputs.Input.Columns, path);
    }

    private void RunBlock(in LatentGradientsArguments arguments, EntryList list)
    {
        LatentEntries entries = LatentEntries.Of(device, arguments.Inputs, list);
        ArrayView<float> wDec = RowsOf(device.View(arguments.WDec), list, entries.DOut);
        ArrayView<float> gradBEnc = RowsOf(device.View(arguments.GradBEnc), list, 1);
        this.entryGradients.Launch(entries, wDec, gradBEnc);
        this.segmentSums.Launch(entries);
        Parameters parameters = new()
        {
            Entries = entries,
            WDec = wDec,
            GradBEnc = gradBEnc,
            GradWEnc = arguments.GradWEnc is RealMatrix gradWEnc
                ? RowsOf(device.View(gradWEnc), list, entries.DIn)
                : gradBEnc,
            GradWDec = arguments.GradWDec is RealMatrix gradWDec
                ? RowsOf(device.View(gradWDec), list, entries.DOut)
                : gradBEnc,
            RowSquaredNorms = RowsOf(device.View(arguments.RowSquaredNorms), list, 1),
            StoresWEnc = arguments.GradWEnc is null ? 0 : 1,
            StoresWDec = arguments.GradWDec is null ? 0 : 1,
        };
        this.kernel.Launch(entries.Latents, entries.DOut, entries.DIn, parameters);
    }

    private static ArrayView<float> RowsOf(ArrayView<float> matrix, EntryList list, int columns) =>
        matrix.SubView((long)list.FirstLatent * columns, (long)list.Latents * columns);

    private static void StoreRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        for (int latent = Grid.IdxX; latent < p.Entries.Latents; latent += Grid.DimX)
        {
            float squares = GroupReduction.Sum(shared, StoreColumns<TPack>(p, latent, auxScale));
            if (Group.IdxX == 0)
            {
                float bias = p.GradBEnc[latent];
                p.RowSquaredNorms[latent] = Fma(bias, bias, squares);
            }
        }
    }

    private static float StoreColumns<TPack>(Parameters p, int latent, float auxScale)
        where TPack : unmanaged, IPack<TPack>
    {
        float squares = 0;
        for (int d = Group.IdxX * TPack.Width; d < p.Entries.DOut; d += Group.DimX * TPack.Width)
        {
            long place = ((long)latent * p.Entries.DOut) + d;
            TPack gradient = LatentEntries.DecoderGradient(
                p.Entries, latent, d, auxScale, TPack.Load(p.WDec, place));
            squares = TPack.AddProducts(squares, gradient, gradient);
            if (p.StoresWDec != 0)
            {
                TPack.Store(p.GradWDec, place, gradient);
            }
        }

        for (int d = Group.IdxX * TPack.Width; d < p.Entries.DIn; d += Group.DimX * TPack.Width)
        {
            TPack gradient = LatentEntries.EncoderGradient<TPack>(p.Entries, latent, d);
            squares = TPack.AddProducts(squares, gradient, gradient);
            if (p.StoresWEnc != 0)
            {
                TPack.Store(p.GradWEnc, ((long)latent * p.Entries.DIn) + d, gradient);
            }
        }

        return squares;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ArrayView<float> WDec;
        public ArrayView<float> GradBEnc;
        public ArrayView<float> GradWEnc;
        public ArrayView<float> GradWDec;
        public ArrayView<float> RowSquaredNorms;
        public int StoresWEnc;
        public int StoresWDec;
    }
}
