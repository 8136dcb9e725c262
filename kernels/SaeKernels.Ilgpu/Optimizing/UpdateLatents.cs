using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   LatentGradients, then AdamUpdate on W_enc[j], b_enc[j] and W_dec[j], then NormalizeRows on W_dec[j],
///            W_enc[j] in the precision of the tensor cores where the encoder screens with them, and WeightedSum on the
///            averages of all three where there are such: one visit a latent
/// Work       that of the four
/// Traffic    4 · entries · (2 · DOut + DIn) + 24 · DSae · (DOut + DIn) bytes, 2 (bf16) or 4 (tf32) · DSae · DIn for
///            the copy in low precision, 8 · DSae · (DOut + DIn) for averages → bound by memory
/// Launch     list after list: that of SegmentSums; then groups take latents in turns, threads take packs of four
///            columns in turns, four rows in flight. At the end the sum of EncoderPath: it needs the shares of all
///            groups, and its order may not depend on which of them is done first
/// Shared     5.3 KiB        Barriers  12 a latent and 2 per 32 of its entries
/// Order      entries ascending; columns in a fixed tree; deterministic
/// Error      that of the four; the gradient is in float32 before the step
/// Source     Gao et al. 2024, §2.3; Kingma and Ba, ICLR 2015
/// </summary>
internal sealed class UpdateLatents(KernelDevice device, RoundedWeights? roundedWeights)
{
    private readonly EntryLists entryLists = new(device);
    private readonly EncoderPath encoderPath = new(device);
    private readonly SegmentSums segmentSums = new(device);
    private readonly JumpGradients jumpGradients = new(device);
    private readonly InactivePrices inactivePrices = new(device);
    private readonly GateCosts gateCosts = new(device);
    private readonly Kernels kernels = KernelsWith<NoShadow, Untied>(device);
    private readonly Kernels tiedKernels = KernelsWith<NoShadow, Tied>(device);

    /// <summary>The kernels with a copy of W_enc in low precision, or without, of two matrices or one.</summary>
    public static Kernels KernelsWith<TShadow, TTie>(KernelDevice device)
        where TShadow : struct, IShadow
        where TTie : struct, ITie => new(
        new(device, UpdateRows<TShadow, TTie, NoAverage, Pack1>, UpdateRows<TShadow, TTie, NoAverage, Pack4>),
        new(device, UpdateRows<TShadow, TTie, MovingAverage, Pack1>, UpdateRows<TShadow, TTie, MovingAverage, Pack4>));

    public void Run(in UpdateLatentsArguments arguments)
    {
        LatentGradientInputs inputs = arguments.Inputs;
        RealMatrix wEnc = new(arguments.WEnc.Values, inputs.Latents, inputs.Input.Columns);

        // A tied row changes once more after its step: the next encode rounds the matrix anew.
        OperandView? shadow = inputs.IsTied ? null : roundedWeights?.Find(wEnc);
        Kernels updateKernels = inputs.IsTied ? this.tiedKernels
            : shadow is null ? this.kernels
            : roundedWeights!.UpdateKernels;
        PackKernel<Parameters> updateKernel =
            arguments.Averages is null ? updateKernels.Plain : updateKernels.Averaging;
        ArrayView<float> inputSums = this.inactivePrices.SumInput(inputs);
        ColumnSums.Partials? shares = null;
        foreach (EntryList list in this.entryLists.Of(inputs, device.View(wEnc)))
        {
            int isFirst = shares is null ? 1 : 0;
            int groups = LatentVisit.Groups(device, list.Latents);
            shares ??= this.encoderPath.Shares(groups, wEnc.Columns);
            LatentEntries entries = this.inactivePrices.Launch(
                inputs,
                list,
                LatentEntries.Of(device, inputs, list, arguments.WDec.Values),
                device.View(wEnc),
                inputSums);
            Parameters parameters = ParametersOf(arguments, list, entries) with
            {
                Shares = shares.Value,
                IsFirst = isFirst,
                Shadow = shadow ?? OperandView.Empty(device),
                FirstLatent = list.FirstLatent,
            };
            this.segmentSums.Launch(parameters.Entries);
            updateKernel.LaunchGroups(groups, parameters.Entries.LaunchedDOut, parameters.Entries.DIn, parameters);
            this.jumpGradients.Launch(inputs, list, parameters.Entries, arguments.RowSquaredNorms);
            this.gateCosts.Launch(inputs, list, parameters.Entries);
        }

        this.encoderPath.Launch(shares!.Value, device.View(arguments.EncoderPath));
        if (shadow is not null)
        {
            roundedWeights!.MarkCurrent(device, wEnc);
        }
    }

    private Parameters ParametersOf(in UpdateLatentsArguments arguments, EntryList list, in LatentEntries entries)
    {
        ArrayView<float> norms = list.RowsOf(device.View(arguments.RowSquaredNorms), 1);
        return new Parameters
        {
            Entries = entries,
            WEnc = AdamView.Of(device, arguments.WEnc).RowsOf(list, entries.DIn),
            BEnc = AdamView.Of(device, arguments.BEnc).RowsOf(list, 1),
            WDec = AdamView.Of(device, arguments.WDec).RowsOf(list, entries.DOut),
            Averages = arguments.Averages is RowAverages averages
                ? AverageView.Of(device, averages, list, entries.DIn, entries.DOut)
                : AverageView.None(norms),
            RowSquaredNorms = norms,
            Factor = arguments.GradientFactor is ScalarSlot slot
                ? device.View(slot.Buffer).SubView(slot.Index, 1)
                : norms,
            HasFactor = arguments.GradientFactor is null ? 0 : 1,
            Scalars = OptimizerScalars.Of(arguments.Step),
            Normalizes = arguments.NormalizeDecoder ? 1 : 0,
            Inflation = ScreeningBound.NormInflation(entries.DIn),
        };
    }

    private static void UpdateRows<TShadow, TTie, TAverage, TPack>(Parameters p)
        where TShadow : struct, IShadow
        where TTie : struct, ITie
        where TAverage : struct, IAverage
        where TPack : unmanaged, IPack<TPack>
    {
        GroupMemory memory = GroupMemory.Allocate();
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        p.Entries = LatentEntries.Load(p.Entries);
        float factor = 1;
        if (p.HasFactor != 0)
        {
            factor = p.Factor[0];
        }

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
            float squares = UpdateDecoder<TTie, TPack>(p, latent, sums, auxScale, factor);
            ThreeSums squaresOfAll = UpdateEncoder<TShadow, TTie, TAverage, TPack>(
                p, latent, sums, factor, squares);
            squaresOfAll = GroupReduction.Sum(memory.Threes, squaresOfAll);
            if (Group.IdxX == 0)
            {
                UpdateScalars<TShadow, TAverage>(p, latent, sums, factor, squaresOfAll);
            }

            // No condition around barriers: PoCL 6 corrupts memory there.
            long start = (long)latent * p.Entries.DOut;
            UnitRow.Scale<TPack>(p.WDec.Values, start, p.Entries.DOut, p.Normalizes != 0, memory.Numbers);
            TAverage.AddRow<TPack>(p.Averages.WDec, p.Averages.Factors, p.WDec.Values, start, p.Entries.DOut);
        }
    }

    private static float UpdateDecoder<TTie, TPack>(
        Parameters p, int latent, LatentVisit.LatentSums sums, float auxScale, float factor)
        where TTie : struct, ITie
        where TPack : unmanaged, IPack<TPack>
    {
        float squares = 0;
        for (int d = Group.IdxX * TPack.Width; d < p.Entries.DOut; d += Group.DimX * TPack.Width)
        {
            long place = ((long)latent * p.Entries.DOut) + d;
            TPack values = TPack.Load(p.WDec.Values, place);
            TPack gradient = LatentEntries.DecoderGradient(p.Entries, sums, d, auxScale, values);
            gradient = TTie.AddEncoder(p.Entries, sums, d, gradient);
            squares = TPack.AddProducts(squares, gradient, gradient);
            if (TTie.IsTied != 0 && sums.HasGradient != 0)
            {
                EncoderPath.Add(p.Shares, d, sums.GradPath, values);
            }

            AdamView.Apply(p.WDec, p.Scalars, place, values, gradient, factor);
        }

        return squares;
    }

    private static ThreeSums UpdateEncoder<TShadow, TTie, TAverage, TPack>(
        Parameters p, int latent, LatentVisit.LatentSums sums, float factor, float squaresOfDecoder)
        where TShadow : struct, IShadow
        where TTie : struct, ITie
        where TAverage : struct, IAverage
        where TPack : unmanaged, IPack<TPack>
    {
        float squares = squaresOfDecoder;
        RoundedSquares rounded = default;
        int columns = TTie.IsTied != 0 ? 0 : p.Entries.DIn;
        for (int d = Group.IdxX * TPack.Width; d < columns; d += Group.DimX * TPack.Width)
        {
            long place = ((long)latent * p.Entries.DIn) + d;
            TPack values = TPack.Load(p.WEnc.Values, place);
            TPack gradient = LatentEntries.EncoderGradient<TPack>(p.Entries, sums, d);
            squares = TPack.AddProducts(squares, gradient, gradient);
            if (sums.HasGradient != 0)
            {
                EncoderPath.Add(p.Shares, d, sums.GradPath, values);
            }

            values = AdamView.Apply(p.WEnc, p.Scalars, place, values, gradient, factor);
            TAverage.Add(p.Averages.WEnc, p.Averages.Factors, place, values);
            rounded = TPack.StoreRounded<TShadow>(p.Shadow, p.FirstLatent + latent, d, values, rounded);
        }

        return new ThreeSums { First = squares, Second = rounded.Seen, Third = rounded.Lost };
    }

    private static void UpdateScalars<TShadow, TAverage>(
        Parameters p, int latent, LatentVisit.LatentSums sums, float factor, ThreeSums squares)
        where TShadow : struct, IShadow
        where TAverage : struct, IAverage
    {
        Pack1 bias = Pack1.Load(p.BEnc.Values, latent);
        OptimizerScalars scalars = p.Scalars;
        scalars.Kept = 1;
        bias = AdamView.Apply(p.BEnc, scalars, latent, bias, new Pack1(sums.GradBEnc), factor);
        TAverage.Add(p.Averages.BEnc, p.Averages.Factors, latent, bias);
        p.RowSquaredNorms[latent] = Fma(sums.GradBEnc, sums.GradBEnc, squares.First + sums.SquaresOfGate);
        RoundedSquares rounded = new() { Seen = squares.Second, Lost = squares.Third };
        TShadow.StoreLengths(p.Shadow, p.FirstLatent + latent, rounded, p.Inflation);
    }

    /// <summary>A kernel, and the same one with moving averages.</summary>
    internal sealed record Kernels(PackKernel<Parameters> Plain, PackKernel<Parameters> Averaging);

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ColumnSums.Partials Shares;
        public AdamView WEnc;
        public AdamView BEnc;
        public AdamView WDec;

        /// <summary>Not there where nobody wants averages.</summary>
        public AverageView Averages;

        /// <summary>W_enc of all latents in low precision; not there where nobody wants it.</summary>
        public OperandView Shadow;
        public ArrayView<float> RowSquaredNorms;
        public ArrayView<float> Factor;
        public OptimizerScalars Scalars;
        public int HasFactor;
        public int Normalizes;

        /// <summary>The first latent of the list.</summary>
        public int FirstLatent;

        /// <summary>Whether groups begin their shares of the encoder's path, or go on with them.</summary>
        public int IsFirst;

        /// <summary>What the lengths of rounded rows are multiplied with, to be upper bounds.</summary>
        public float Inflation;
    }
}
