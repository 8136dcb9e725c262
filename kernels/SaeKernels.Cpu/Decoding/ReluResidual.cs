using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   z = p · H(p − θ) with p = b_enc + W_enc · x̃, e = y − b_dec − Σ z · W_dec[i, ·], ‖e‖² and its mean;
///            as EncodeThreshold and DecodeResidual where the codes have room; or z = max(gain · p + shift, 0) · H(p)
/// Work       2 · batch · DSae · (DIn + DOut) FLOP, or that of the two; of both where the way that the batch before
///            took is not this one's
/// Traffic    4 · DSae · (DIn + DOut) · (3 + batch / 96) bytes → bound by the multiply-add units
/// Launch     1,536 latents after another: their weights are packed, then blocks of up to 96 rows take them in turns
/// Shared     1,536 · (DIn + DOut), 2 · batch · DOut; 96 · 192 activations a thread   Barriers  two for 1,536 latents
/// Order      d ascending from b_enc, then i ascending from b_dec, fused; deterministic
/// Error      (DIn + DSae + 2) · 2⁻²⁴ · (|y| + |b| + Σ|v·w|), with the error of v
/// Source     Bricken et al. 2023; blocking: Goto and van de Geijn, TOMS 34, 2008
/// </summary>
internal static unsafe class ReluResidual
{
    public static void Run(CpuContext context, in ReluResidualArguments arguments)
    {
        arguments.Validate();
        if (arguments.Gate is not null && EntryWay.Fits(arguments.Codes!))
        {
            DecodeList(context, arguments, arguments.Codes!);
            return;
        }

        if (arguments.Gate is null && arguments.Codes is SparseCodes codes)
        {
            // The way of the batch before comes first; where the batch must take the other one, that work was in vain.
            nint place = (nint)HostPointers.Of(codes.NeededEntries);
            bool isDecoded = context.FullCodes == place;
            bool isFull = isDecoded && DecodeInBlocks(context, arguments) > codes.Capacity;
            if (!isFull && TryList(context, arguments, codes))
            {
                context.FullCodes = isDecoded ? 0 : context.FullCodes;
                return;
            }

            context.FullCodes = place;
            EntryWay.Overflow(codes, arguments.Input.Rows);
            if (isDecoded)
            {
                return;
            }
        }

        DecodeInBlocks(context, arguments);
    }

    /// <summary>Decodes from a list; false, with nothing decoded, where the entries have no room.</summary>
    private static bool TryList(CpuContext context, in ReluResidualArguments arguments, SparseCodes codes)
    {
        EncodeThreshold.Run(context, arguments.Listing(codes));
        if (!EntryWay.Fits(codes))
        {
            return false;
        }

        DecodeList(context, arguments, codes);
        return true;
    }

    private static void DecodeList(CpuContext context, in ReluResidualArguments arguments, SparseCodes codes)
    {
        DecodeResidual.Run(context, arguments.Decoding(codes));
        int* offsets = HostPointers.Of(codes.RowOffsets);
        int* indices = HostPointers.Of(codes.Indices);
        float* values = HostPointers.Of(codes.Values);
        int* activeRows = HostPointers.Of(arguments.ActiveRows);
        new Span<int>(activeRows, arguments.WEnc.Rows).Clear();
        for (int entry = offsets[0]; entry < offsets[arguments.Input.Rows]; entry++)
        {
            activeRows[indices[entry]] += values[entry] != 0 ? 1 : 0;
        }
    }

    /// <summary>Decodes without a list; returns the number of active entries.</summary>
    private static long DecodeInBlocks(CpuContext context, in ReluResidualArguments arguments)
    {
        context.Scratch.Begin();
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Tile512>(context, arguments);
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            Run<Tile256>(context, arguments);
        }
        else
        {
            Run<Tile128>(context, arguments);
        }

        long active = 0;
        int* activeRows = HostPointers.Of(arguments.ActiveRows);
        for (int latent = 0; latent < arguments.WEnc.Rows; latent++)
        {
            active += activeRows[latent];
        }

        return active;
    }

    private static void Run<TTile>(CpuContext context, in ReluResidualArguments arguments)
        where TTile : struct, ITile
    {
        int rows = arguments.Input.Rows;
        ReluRows<TTile> reconstruction = new(context, arguments);
        ReluPanels<TTile> panels = new(context, arguments);
        while (panels.PackNext(context))
        {
            context.Team.For(reconstruction.Chunks, reconstruction.With(panels));
        }

        double* squares = context.Scratch.Take<double>(rows);
        context.Team.For(reconstruction.Chunks, new Residuals<TTile>(arguments, reconstruction, squares));
        reconstruction.CountActive(HostPointers.Of(arguments.ActiveRows));
        double sum = 0;
        for (int row = 0; row < rows; row++)
        {
            sum += squares[row];
        }

        *HostPointers.Of(arguments.MeanSquaredError) = rows == 0 ? 0 : (float)(sum / rows);
    }

    private readonly struct Residuals<TTile>(
        in ReluResidualArguments arguments, ReluRows<TTile> rows, double* squares) : IChunkBody
        where TTile : struct, ITile
    {
        private readonly float* targets = HostPointers.Of(arguments.Targets);
        private readonly float* residuals = HostPointers.Of(arguments.Residuals);
        private readonly float* rowSquaredErrors = HostPointers.Of(arguments.RowSquaredErrors);
        private readonly int columns = arguments.WDec.Columns;

        public void Run(int chunk, int worker)
        {
            (int first, int count) = rows.RowsOf(chunk);
            for (int row = first; row < first + count; row++)
            {
                float* residual = this.residuals + ((long)row * this.columns);
                float* target = this.targets + ((long)row * this.columns);
                rows.Subtract(row, target, residual);
                squares[row] = Rows.SumOfSquares(residual, this.columns);
                this.rowSquaredErrors[row] = (float)squares[row];
            }
        }
    }
}
