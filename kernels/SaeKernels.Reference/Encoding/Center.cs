using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   x − b_dec
/// Work       batch · DIn FLOP
/// Traffic    8 · batch · DIn bytes
/// Launch     one thread, row after row
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      one rounding to the stored precision
/// Source     Gao et al. 2024, §2.1
/// </summary>
internal static class Center
{
    public static void Run<T>(in CenterArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> activations = RealRows<T>.Of(arguments.Activations);
        RealRows<T> centered = RealRows<T>.Of(arguments.Centered);
        Reals<T> bDec = Reals<T>.Of(arguments.BDec);
        for (int row = 0; row < arguments.Activations.Rows; row++)
        {
            for (int d = 0; d < activations.Columns; d++)
            {
                centered[row, d] = activations[row, d] - bDec[d];
            }
        }
    }
}
