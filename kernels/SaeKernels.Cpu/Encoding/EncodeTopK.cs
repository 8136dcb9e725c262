using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the K largest p of each row, negative ones clipped to 0
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn · (3 + batch / 96) bytes → bound by the multiply-add units
/// Launch     a panel of W_enc a chunk to pack, then a block of up to 96 rows a chunk over all latents
/// Shared     DSae · DIn for the packed W_enc; input, tiles and candidates of a block a thread        Barriers  one
/// Order      d ascending from b_enc, fused; latents ascending; deterministic
/// Error      DIn · 2⁻²⁴ · (|b| + Σ|w·x|); the selection is exact for these numbers
/// Source     Gao et al. 2024, §2.3 and appendix A.2; blocking: Goto and van de Geijn, TOMS 34, 2008
/// </summary>
internal static unsafe class EncodeTopK
{
    public static void Run(CpuContext context, in EncodeTopKArguments arguments)
    {
        arguments.Validate();
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
    }

    private static void Run<TTile>(CpuContext context, in EncodeTopKArguments arguments)
        where TTile : struct, ITile
    {
        int rows = arguments.Input.Rows;
        int auxK = 0;
        if (rows > 0)
        {
            EncoderPanels<TTile> panels = EncoderPanels<TTile>.Pack(context, arguments);
            auxK = Math.Min(arguments.Aux?.K ?? 0, panels.CountFlagged());
            EncodeBlocks<TTile> blocks = new(context, arguments, panels, auxK);
            context.Team.For(blocks.Count, blocks);
        }

        Close(arguments.Codes, rows, arguments.K);
        if (arguments.Aux is AuxSelection aux)
        {
            Close(aux.Codes, rows, auxK);
        }
    }

    private static void Close(SparseCodes codes, int rows, int entriesPerRow)
    {
        int* offsets = HostPointers.Of(codes.RowOffsets);
        for (int row = 0; row <= rows; row++)
        {
            offsets[row] = row * entriesPerRow;
        }

        *HostPointers.Of(codes.NeededEntries) = (long)rows * entriesPerRow;
    }
}
