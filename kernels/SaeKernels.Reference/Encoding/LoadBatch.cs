using System.Numerics;
using System.Runtime.InteropServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   (x − mean) · scale, of some columns of the staged vectors
/// Work       2 · batch · DIn FLOP
/// Traffic    (size + 4) · batch · DIn bytes, a staged number being 2 or 4 bytes
/// Launch     one thread, number after number
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      one rounding to the stored precision
/// Source     IEEE 754-2019, §3.4; bfloat16: the upper half of binary32
/// </summary>
internal static class LoadBatch
{
    public static void Run<T>(in LoadBatchArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> activations = RealRows<T>.Of(arguments.Activations);
        ReadOnlySpan<byte> staged = arguments.Staging.HostMemory(arguments.Slot);
        for (int row = 0; row < arguments.Activations.Rows; row++)
        {
            for (int d = 0; d < activations.Columns; d++)
            {
                int place = (row * arguments.StagedWidth) + arguments.FirstColumn + d;
                double number = Read(arguments.Staging.Element, staged, place);
                double mean = arguments.Mean is null ? 0 : Reals<T>.Of(arguments.Mean)[d];
                double scale = arguments.Scales is null ? arguments.Scale : Reals<T>.Of(arguments.Scales)[d];
                activations[row, d] = (number - mean) * scale;
            }
        }
    }

    private static double Read(StagedElement element, ReadOnlySpan<byte> staged, int index) => element switch
    {
        StagedElement.Fp16 => (double)MemoryMarshal.Cast<byte, Half>(staged)[index],
        StagedElement.Bf16 =>
            BitConverter.Int32BitsToSingle(MemoryMarshal.Cast<byte, ushort>(staged)[index] << 16),
        _ => MemoryMarshal.Cast<byte, float>(staged)[index],
    };
}
