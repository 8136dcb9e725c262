using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   z = p · H(p − θ) with p = b_enc + W_enc · x̃, e = y − b_dec − Σ z · W_dec[i, ·], ‖e‖² and its mean;
///            as EncodeThreshold and DecodeResidual where the codes have room
/// Work       2 · batch · DSae · (DIn + DOut) FLOP; with codes that of the two more, or of the two alone
/// Traffic    4 · batch · DSae · (2 + DOut) bytes → bound by memory: right, and not yet fast; or that of the two
/// Launch     that of the two, and threads take entries in turns to count; then, with nothing to do in batches that the
///            device finds listed, block after block of latents: ReluActivations; groups take rows in turns, threads
///            packs of four columns; groups take latents in turns to count; at the end one group for the mean
/// Shared     1.1 KiB        Barriers  2 a row, 2 a latent
/// Order      i ascending; columns in a fixed tree; rows in a fixed tree of two-float sums; deterministic
/// Error      (DIn + DSae + 2) · 2⁻²⁴ · (|y| + |b| + Σ|z·w|), with the error of z; squares as DecodeResidual
/// Source     Bricken et al. 2023
/// </summary>
internal sealed class ReluResidual(KernelDevice device, EncodeThreshold encodeThreshold, DecodeResidual decodeResidual)
{
    private readonly ReluActivations activations = new(device);
    private readonly PackKernel<Parameters> subtractKernel = new(device, SubtractRows<Pack1>, SubtractRows<Pack4>);
    private readonly Kernel<ListParameters> clearKernel = new(device, ClearCounts);
    private readonly Kernel<ListParameters> countEntriesKernel = new(device, CountEntries);
    private readonly Kernel<Parameters> countKernel = new(device, CountRows);
    private readonly Kernel<Parameters> squareKernel = new(device, SquareRows);
    private readonly Kernel<Parameters> meanKernel = new(device, MeanOfRows);

    public void Run(in ReluResidualArguments arguments)
    {
        if (arguments.Codes is SparseCodes codes)
        {
            // Rows of codes without room are empty: then this leaves y − b_dec, from which the blocks go on.
            if (arguments.Gate is null)
            {
                encodeThreshold.Run(arguments.Listing(codes));
            }

            decodeResidual.Run(arguments.Decoding(codes));
            CountListed(arguments, codes);
        }

        DecodeInBlocks(arguments);
    }

    private void CountListed(in ReluResidualArguments arguments, SparseCodes codes)
    {
        ListParameters parameters = new()
        {
            Codes = CodesView.Of(device, codes),
            ActiveRows = device.View(arguments.ActiveRows),
            Rows = arguments.Input.Rows,
            Latents = arguments.WEnc.Rows,
        };
        this.clearKernel.Launch(device.GroupsOfElements(parameters.Latents), device.GroupSize, parameters);
        this.countEntriesKernel.Launch(device.GroupsOfElements(codes.Capacity), device.GroupSize, parameters);
    }

    private void DecodeInBlocks(in ReluResidualArguments arguments)
    {
        EntryWay way = EntryWay.Of(device, arguments.Codes, isListed: false);
        Parameters parameters = new()
        {
            Way = way,
            HasBegun = arguments.Codes is null ? 0 : 1,
            WDec = device.View(arguments.WDec),
            BDec = device.View(arguments.BDec),
            Targets = device.View(arguments.Targets),
            Residuals = device.View(arguments.Residuals),
            RowSquaredErrors = device.View(arguments.RowSquaredErrors),
            ActiveRows = device.View(arguments.ActiveRows),
            Mean = device.View(arguments.MeanSquaredError.Buffer),
            MeanIndex = arguments.MeanSquaredError.Index,
            Rows = arguments.Input.Rows,
            DOut = arguments.WDec.Columns,
        };
        ArrayView<float> wEnc = device.View(arguments.WEnc);
        ArrayView<float> bEnc = device.View(arguments.BEnc);
        int block = this.activations.LatentsOfBlock(parameters.Rows, arguments.WEnc.Rows);
        for (int first = 0; first < arguments.WEnc.Rows; first += block)
        {
            parameters.FirstLatent = first;
            parameters.Latents = Math.Min(block, arguments.WEnc.Rows - first);
            parameters.Activations = this.activations.Launch(
                way,
                arguments.Input,
                wEnc,
                bEnc,
                arguments.Threshold,
                bandwidth: 0,
                first,
                parameters.Latents,
                arguments.Gate);
            this.subtractKernel.Launch(parameters.Rows, parameters.DOut, parameters);
            this.countKernel.Launch(device.Groups(parameters.Latents), device.GroupSize, parameters);
        }

        this.squareKernel.Launch(device.Groups(parameters.Rows), device.GroupSize, parameters);
        this.meanKernel.Launch(1, device.GroupSize, parameters);
    }

    private static void ClearCounts(ListParameters p)
    {
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            p.ActiveRows[latent] = 0;
        }
    }

    private static void CountEntries(ListParameters p)
    {
        int end = p.Codes.RowOffsets[p.Rows];
        for (int entry = (Grid.IdxX * Group.DimX) + Group.IdxX; entry < end; entry += Grid.DimX * Group.DimX)
        {
            if (p.Codes.Values[entry] != 0)
            {
                Atomic.Add(ref p.ActiveRows[p.Codes.Indices[entry]], 1);
            }
        }
    }

    private static void SubtractRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        int rows = EntryWay.Count(p.Way, p.Rows);
        for (int row = Grid.IdxX; row < rows; row += Grid.DimX)
        {
            for (int d = Group.IdxX * TPack.Width; d < p.DOut; d += Group.DimX * TPack.Width)
            {
                long place = ((long)row * p.DOut) + d;
                TPack sum = p.FirstLatent == 0 && p.HasBegun == 0
                    ? TPack.Subtract(TPack.Load(p.Targets, place), TPack.Load(p.BDec, d))
                    : TPack.Load(p.Residuals, place);
                for (int latent = 0; latent < p.Latents; latent++)
                {
                    float value = p.Activations[((long)latent * p.Rows) + row];
                    long weights = ((long)(p.FirstLatent + latent) * p.DOut) + d;
                    sum = TPack.AddScaled(sum, -value, TPack.Load(p.WDec, weights));
                }

                TPack.Store(p.Residuals, place, sum);
            }
        }
    }

    private static void CountRows(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(GroupReduction.SharedLength);
        int latents = EntryWay.Count(p.Way, p.Latents);
        for (int latent = Grid.IdxX; latent < latents; latent += Grid.DimX)
        {
            int count = 0;
            for (int row = Group.IdxX; row < p.Rows; row += Group.DimX)
            {
                count += p.Activations[((long)latent * p.Rows) + row] != 0 ? 1 : 0;
            }

            count = GroupReduction.Sum(shared, count);
            if (Group.IdxX == 0)
            {
                p.ActiveRows[p.FirstLatent + latent] = count;
            }
        }
    }

    private static void SquareRows(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int rows = EntryWay.Count(p.Way, p.Rows);
        for (int row = Grid.IdxX; row < rows; row += Grid.DimX)
        {
            float squares = 0;
            for (int d = Group.IdxX; d < p.DOut; d += Group.DimX)
            {
                float residual = p.Residuals[((long)row * p.DOut) + d];
                squares = FusedMultiplyAdd.Fma(residual, residual, squares);
            }

            squares = GroupReduction.Sum(shared, squares);
            if (Group.IdxX == 0)
            {
                p.RowSquaredErrors[row] = squares;
            }
        }
    }

    private static void MeanOfRows(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        TwoFloat sum = GroupReduction.SumOf(p.RowSquaredErrors, p.Rows, shared);
        if (Group.IdxX == 0)
        {
            p.Mean[p.MeanIndex] = p.Rows == 0 ? 0 : TwoFloat.Mean(sum, p.Rows);
        }
    }

    internal struct ListParameters
    {
        public CodesView Codes;
        public ArrayView<int> ActiveRows;
        public int Rows;
        public int Latents;
    }

    internal struct Parameters
    {
        public EntryWay Way;
        public ArrayView<float> Activations;
        public ArrayView<float> WDec;
        public ArrayView<float> BDec;
        public ArrayView<float> Targets;
        public ArrayView<float> Residuals;
        public ArrayView<float> RowSquaredErrors;
        public ArrayView<int> ActiveRows;
        public ArrayView<float> Mean;
        public int MeanIndex;
        public int FirstLatent;

        /// <summary>Whether residuals hold y − b_dec already.</summary>
        public int HasBegun;
        public int Latents;
        public int Rows;
        public int DOut;
    }
}
