using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   what pre-activations cost that are not active: κ of each latent, the factor on its decoder row that
///            ∂W_dec gains, what ∂θ gains, and n · Σ (θ − z); before the visits of a list
/// Work       batch · DIn + DSae · (2 · DIn + 2 · DOut) + 2 · entries FLOP
/// Traffic    4 · (batch · DIn + DSae · (DIn + DOut) + entries) bytes → bound by memory
/// Launch     that of ColumnSums once; then groups take latents in turns, threads columns and entries in turns
/// Shared     1.1 KiB        Barriers  8 a latent
/// Order      a fixed tree; deterministic
/// Error      (DIn / 128 + n + 12) · 2⁻²⁴ · (|b| · batch + Σ|w·x̃| + Σ|v| + θ · batch)
/// Source     Conerly et al., January 2025; the sum over all less that over the active: this repository
/// </summary>
internal sealed class InactivePrices(KernelDevice device)
{
    // Numbers of a latent: κ, the factor on its decoder row, what ∂θ gains.
    private const int Numbers = 3;
    private const int Pull = 1;
    private const int Threshold = 2;
    private readonly ColumnSums columnSums = new(device);
    private readonly EncoderPath total = new(device);
    private readonly Kernel<Parameters> kernel = new(device, PriceLatents);

    /// <summary>Sums the input over all rows, where something is to be paid.</summary>
    public ArrayView<float> SumInput(in LatentGradientInputs inputs)
    {
        int dIn = inputs.Input.Columns;
        ArrayView<float> input = device.View(inputs.Input);
        if (inputs.Inactive is null)
        {
            return input;
        }

        ArrayView<float> sums = device.Scratch.Real("InactivePrices.Input", dIn);
        this.total.Launch(this.columnSums.Launch(input, inputs.Input.Rows, dIn), sums);
        return sums;
    }

    /// <summary>Enqueues a list's latents; returns its entries with what visits need to know.</summary>
    public LatentEntries Launch(
        in LatentGradientInputs inputs,
        EntryList list,
        in LatentEntries entries,
        ArrayView<float> wEnc,
        ArrayView<float> inputSums)
    {
        if (inputs.Inactive is not InactivePenalty penalty)
        {
            return entries;
        }

        ArrayView<float> bEnc = list.RowsOf(device.View(penalty.BEnc), 1);
        Parameters parameters = new()
        {
            Entries = entries with
            {
                Prices = device.Scratch.Real("InactivePrices", (long)Numbers * list.Latents),
                InputSums = inputSums,
                HasInactive = 1,
            },
            WEnc = list.RowsOf(wEnc, entries.DIn),
            BEnc = bEnc,
            Sums = list.RowsOf(device.View(penalty.Sums), 1),
            Mask = penalty.Mask is null
                ? entries.Offsets
                : device.View(penalty.Mask).SubView(list.FirstLatent, list.Latents),
            HasMask = penalty.Mask is null ? 0 : 1,
            Scale = (float)penalty.Scale,
            IsByNorm = penalty.ByDecoderNorm ? 1 : 0,
        };
        this.kernel.Launch(device.Groups(list.Latents), device.GroupSize, parameters);
        return parameters.Entries;
    }

    /// <summary>κ of a latent; called in kernels.</summary>
    public static float PushOf(LatentEntries entries, int latent) =>
        Read(entries, latent, 0);

    /// <summary>The factor on a latent's decoder row that ∂W_dec gains; called in kernels.</summary>
    public static float PullOf(LatentEntries entries, int latent) =>
        Read(entries, latent, Pull);

    /// <summary>What ∂θ of a latent gains; called in kernels.</summary>
    public static float ThresholdOf(LatentEntries entries, int latent) =>
        Read(entries, latent, Threshold);

    private static float Read(LatentEntries entries, int latent, int number)
    {
        float price = 0;
        if (entries.HasInactive != 0)
        {
            price = entries.Prices[((long)latent * Numbers) + number];
        }

        return price;
    }

    private static void PriceLatents(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int latents = EntryWay.Count(p.Entries.Way, p.Entries.Latents);
        for (int latent = Grid.IdxX; latent < latents; latent += Grid.DimX)
        {
            float product = 0;
            for (int d = Group.IdxX; d < p.Entries.DIn; d += Group.DimX)
            {
                product = FusedMultiplyAdd.Fma(
                    p.WEnc[((long)latent * p.Entries.DIn) + d], p.Entries.InputSums[d], product);
            }

            float squares = 0;
            for (int d = Group.IdxX; d < p.Entries.DOut; d += Group.DimX)
            {
                float weight = p.Entries.WDec[((long)latent * p.Entries.DOut) + d];
                squares = FusedMultiplyAdd.Fma(weight, weight, squares);
            }

            float count = 0;
            float values = 0;
            int end = p.Entries.Offsets[latent + 1];
            for (int entry = p.Entries.Offsets[latent] + Group.IdxX; entry < end; entry += Group.DimX)
            {
                float value = p.Entries.Values[entry];
                values += value;
                count += value != 0 ? 1f : 0f;
            }

            product = GroupReduction.Sum(shared, product);
            squares = GroupReduction.Sum(shared, squares);
            count = GroupReduction.Sum(shared, count);
            values = GroupReduction.Sum(shared, values);
            if (Group.IdxX == 0)
            {
                Store(p, latent, product - values, squares, p.Entries.Batch - count);
            }
        }
    }

    private static void Store(Parameters p, int latent, float productLessValues, float squares, float rows)
    {
        bool pays = true;
        if (p.HasMask != 0)
        {
            pays = p.Mask[latent] != 0;
        }

        float weight = p.IsByNorm != 0 ? MathF.Sqrt(squares) : 1f;
        float scale = pays ? p.Scale : 0f;
        float preActivations = FusedMultiplyAdd.Fma(p.Entries.Batch, p.BEnc[latent], productLessValues);
        float distance = (rows * JumpView.CutOf(p.Entries.Jump, latent)) - preActivations;
        long place = (long)latent * Numbers;
        p.Entries.Prices[place] = scale * weight;
        p.Entries.Prices[place + Pull] = p.IsByNorm != 0 && weight > 0 ? scale * distance / weight : 0f;
        p.Entries.Prices[place + Threshold] = scale * weight * rows;
        p.Sums[latent] = pays ? weight * distance : 0f;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ArrayView<float> WEnc;
        public ArrayView<float> BEnc;
        public ArrayView<float> Sums;
        public ArrayView<int> Mask;
        public float Scale;
        public int HasMask;
        public int IsByNorm;
    }
}
