namespace SaeKernels.Cpu;

/// <summary>The rows that a screen left to float32.</summary>
internal static unsafe class LeftRows
{
    /// <summary>Encodes them.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="candidates">The rows, screened.</param>
    /// <param name="selection">Takes their pre-activations.</param>
    public static void Encode<TSelection>(
        CpuContext context, in EncoderInputs inputs, in ScreenRows candidates, TSelection selection)
        where TSelection : unmanaged, ISelection
    {
        int* left = context.Scratch.Take<int>(inputs.Input.Rows);
        int count = 0;
        for (int row = 0; row < inputs.Input.Rows; row++)
        {
            if (candidates.Counts[row] == ScreenRows.LeftToFloat)
            {
                left[count++] = row;
            }
        }

        if (count > 0)
        {
            Encoder.Run(context, inputs with { RowList = left, RowCount = count }, selection);
        }
    }
}
