using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Forms the pre-activations of a batch with the widest tile, and hands them to a selection.</summary>
internal static class Encoder
{
    /// <summary>Encodes a batch.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="selection">Takes the pre-activations of all latents.</param>
    /// <param name="guess">What the selection guesses; the default for nothing.</param>
    /// <param name="again">Takes those of the rows that miss the guess.</param>
    /// <typeparam name="TSelection">The selection.</typeparam>
    public static void Run<TSelection>(
        CpuContext context,
        in EncoderInputs inputs,
        TSelection selection,
        TopKGuess guess = default,
        TSelection again = default)
        where TSelection : unmanaged, ISelection
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run<Tile512, TSelection>(context, inputs, selection, guess, again);
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            Run<Tile256, TSelection>(context, inputs, selection, guess, again);
        }
        else
        {
            Run<Tile128, TSelection>(context, inputs, selection, guess, again);
        }
    }

    private static unsafe void Run<TTile, TSelection>(
        CpuContext context, in EncoderInputs inputs, TSelection selection, TopKGuess guess, TSelection again)
        where TTile : struct, ITile
        where TSelection : unmanaged, ISelection
    {
        int auxK = 0;
        if (inputs.RowCount > 0)
        {
            EncoderPanels<TTile> panels = EncoderPanels<TTile>.Pack(context, inputs);
            auxK = Math.Min(inputs.Aux?.K ?? 0, panels.CountFlagged());
            TopKSelection aux = auxK > 0 ? new TopKSelection(context, inputs.Aux!.Value.Codes, auxK) : default;
            EncoderBlocks<TTile, TSelection> blocks = new(context, inputs, panels, selection, aux);
            context.Team.For(blocks.Count, blocks);
            int missed = guess.ListMissed(inputs.RowCount, out int* list);
            if (missed > 0)
            {
                EncoderInputs rest = inputs with { RowList = list, RowCount = missed };
                EncoderBlocks<TTile, TSelection> secondBlocks = new(context, rest, panels, again, aux: default);
                context.Team.For(secondBlocks.Count, secondBlocks);
            }
        }

        if (inputs.Aux is AuxSelection given)
        {
            CodeRows.Close(given.Codes, inputs.Input.Rows, auxK);
        }
    }
}
