using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   ∂W_dec[j] = Σ v·g, ∂W_enc[j] = Σ dz·x̃, ∂b_enc[j] = Σ dz, squared norms, and Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       entries · (4 · DOut + 2 · DIn) FLOP, and 4 · DSae · DOut for the projection
/// Traffic    4 · entries · (2 · DOut + DIn) + 8 · DSae · (DOut + DIn) bytes → bound by memory
/// Launch     list after list: that of SegmentSums; then groups take latents in turns, threads take packs of four
///            columns in turns; four rows in flight; at the end the sum of EncoderPath
/// Shared     5.3 KiB        Barriers  6 a latent and 2 per 32 of its entries
/// Order      entries ascending; columns in a fixed tree; deterministic
/// Error      ∂W_dec: (n + 2) · 2⁻²⁴ · Σ|v·g|, with projection (n / 8 + DOut / 16 + 45) · 2⁻²⁴ · Σ|v·g·w| · |w| more;
///            ∂W_enc: (n + DOut / 16 + 18) · 2⁻²⁴ · Σ|g·w|·|x̃|;
///            norms: ((DIn + DOut) / 128 + 26) · 2⁻²⁴ of themselves more
/// Source     Gao et al. 2024, §2.3; projection: Bricken et al. 2023, appendix
/// </summary>
internal sealed class LatentGradients(KernelDevice device)
{
    private readonly EntryLists entryLists = new(device);
    private readonly EncoderPath encoderPath = new(device);
    private readonly SegmentSums segmentSums = new(device);
    private readonly JumpGradients jumpGradients = new(device);
    private readonly InactivePrices inactivePrices = new(device);
    private readonly GateCosts gateCosts = new(device);
    private readonly PackKernel<Parameters> kernel = KernelWith<Untied>(device);
    private readonly PackKernel<Parameters> tiedKernel = KernelWith<Tied>(device);

    public void Run(in LatentGradientsArguments arguments)
    {
        LatentGradientInputs inputs = arguments.Inputs;
        ArrayView<float> wEnc = device.View(arguments.WEnc);
        ArrayView<float> inputSums = this.inactivePrices.SumInput(inputs);
        ColumnSums.Partials? shares = null;
        foreach (EntryList list in this.entryLists.Of(inputs, wEnc))
        {
            int isFirst = shares is null ? 1 : 0;
            shares ??= this.encoderPath.Shares(LatentVisit.Groups(device, list.Latents), inputs.Input.Columns);
            LatentEntries entries = this.inactivePrices.Launch(
                inputs, list, LatentEntries.Of(device, inputs, list, arguments.WDec.Buffer), wEnc, inputSums);
            Parameters parameters = ParametersOf(arguments, list, entries) with
            {
                Shares = shares.Value,
                IsFirst = isFirst,
            };
            this.segmentSums.Launch(entries);
            (inputs.IsTied ? this.tiedKernel : this.kernel).LaunchGroups(
                LatentVisit.Groups(device, list.Latents), entries.LaunchedDOut, entries.DIn, parameters);
            this.jumpGradients.Launch(inputs, list, entries, arguments.RowSquaredNorms);
            this.gateCosts.Launch(inputs, list, entries);
        }

        this.encoderPath.Launch(shares!.Value, device.View(arguments.EncoderPath));
    }

    private static PackKernel<Parameters> KernelWith<TTie>(KernelDevice device)
        where TTie : struct, ITie => new(device, StoreRows<TTie, Pack1>, StoreRows<TTie, Pack4>);

    private Parameters ParametersOf(in LatentGradientsArguments arguments, EntryList list, in LatentEntries entries)
    {
        ArrayView<float> gradBEnc = list.RowsOf(device.View(arguments.GradBEnc), 1);
        return new Parameters
        {
            Entries = entries,
            WEnc = list.RowsOf(device.View(arguments.WEnc), entries.DIn),
            GradBEnc = gradBEnc,
            GradWEnc = arguments.GradWEnc is RealMatrix gradWEnc
                ? list.RowsOf(device.View(gradWEnc), entries.DIn)
                : gradBEnc,
            GradWDec = arguments.GradWDec is RealMatrix gradWDec
                ? list.RowsOf(device.View(gradWDec), entries.DOut)
                : gradBEnc,
            RowSquaredNorms = list.RowsOf(device.View(arguments.RowSquaredNorms), 1),
            StoresWEnc = arguments.GradWEnc is null ? 0 : 1,
            StoresWDec = arguments.GradWDec is null ? 0 : 1,
        };
    }

    private static void StoreRows<TTie, TPack>(Parameters p)
        where TTie : struct, ITie
        where TPack : unmanaged, IPack<TPack>
    {
        GroupMemory memory = GroupMemory.Allocate();
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        p.Entries = LatentEntries.Load(p.Entries);
        if (p.IsFirst != 0)
        {
            EncoderPath.Clear<TPack>(p.Shares);
        }

        int latents = EntryWay.Count(p.Entries.Way, p.Entries.Latents);
        for (int latent = Grid.IdxX; latent < latents; latent += Grid.DimX)
        {
            p.Entries = LatentEntries.At(p.Entries, latent);
            LatentVisit.LatentSums sums = LatentVisit.Begin<TPack>(p.Entries, latent, auxScale, memory);
            sums = TTie.AddAlong<TPack>(p.Entries, latent, sums, memory);
            float squares = StoreDecoder<TTie, TPack>(p, latent, sums, auxScale);
            squares += StoreEncoder<TTie, TPack>(p, latent, sums);
            squares = GroupReduction.Sum(memory.Numbers, squares);
            if (Group.IdxX == 0)
            {
                p.GradBEnc[latent] = sums.GradBEnc;
                p.RowSquaredNorms[latent] = Fma(sums.GradBEnc, sums.GradBEnc, squares + sums.SquaresOfGate);
            }
        }
    }

    private static float StoreDecoder<TTie, TPack>(
        Parameters p, int latent, LatentVisit.LatentSums sums, float auxScale)
        where TTie : struct, ITie
        where TPack : unmanaged, IPack<TPack>
    {
        float squares = 0;
        for (int d = Group.IdxX * TPack.Width; d < p.Entries.DOut; d += Group.DimX * TPack.Width)
        {
            long place = ((long)latent * p.Entries.DOut) + d;
            TPack gradient = LatentEntries.DecoderGradient(
                p.Entries, sums, d, auxScale, TPack.Load(p.Entries.WDec, place));
            gradient = TTie.AddEncoder(p.Entries, sums, d, gradient);
            squares = TPack.AddProducts(squares, gradient, gradient);
            if (p.StoresWDec != 0)
            {
                TPack.Store(p.GradWDec, place, gradient);
            }

            if (TTie.IsTied != 0 && p.StoresWEnc != 0)
            {
                TPack.Store(p.GradWEnc, place, gradient);
            }
        }

        return squares;
    }

    private static float StoreEncoder<TTie, TPack>(Parameters p, int latent, LatentVisit.LatentSums sums)
        where TTie : struct, ITie
        where TPack : unmanaged, IPack<TPack>
    {
        float squares = 0;
        for (int d = Group.IdxX * TPack.Width; d < p.Entries.DIn; d += Group.DimX * TPack.Width)
        {
            long place = ((long)latent * p.Entries.DIn) + d;
            if (sums.HasGradient != 0)
            {
                EncoderPath.Add(p.Shares, d, sums.GradPath, TPack.Load(p.WEnc, place));
            }

            if (TTie.IsTied == 0)
            {
                TPack gradient = LatentEntries.EncoderGradient<TPack>(p.Entries, sums, d);
                squares = TPack.AddProducts(squares, gradient, gradient);
                if (p.StoresWEnc != 0)
                {
                    TPack.Store(p.GradWEnc, place, gradient);
                }
            }
        }

        return squares;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ColumnSums.Partials Shares;
        public ArrayView<float> WEnc;
        public ArrayView<float> GradBEnc;
        public ArrayView<float> GradWEnc;
        public ArrayView<float> GradWDec;
        public ArrayView<float> RowSquaredNorms;
        public int StoresWEnc;
        public int StoresWDec;

        /// <summary>Whether groups begin their shares of the encoder's path, or go on with them.</summary>
        public int IsFirst;
    }
}
