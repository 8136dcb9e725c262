using System.Runtime.CompilerServices;
using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Comparisons of 16 pre-activations at once, a bit for each from the lowest; called in kernels.</summary>
/// <remarks>Without branches, so that a compiler for CPUs makes vectors of them.</remarks>
internal static class LaneMask
{
    /// <summary>Returns which lanes reach an order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AtLeast(ArrayView<float> lanes, int first, uint bound)
    {
        uint mask = 0;
        for (int lane = 0; lane < LaneTile.Lanes; lane++)
        {
            uint order = PreActivationOrder.Of(lanes[first + lane]);
            mask |= (order >= bound ? 1u : 0u) << lane;
        }

        return mask;
    }

    /// <summary>Returns which lanes reach each its own order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AtLeast(ArrayView<float> lanes, int first, ArrayView<int> bounds, int firstBound)
    {
        uint mask = 0;
        for (int lane = 0; lane < LaneTile.Lanes; lane++)
        {
            uint order = PreActivationOrder.Of(lanes[first + lane]);
            mask |= (order >= (uint)bounds[firstBound + lane] ? 1u : 0u) << lane;
        }

        return mask;
    }
}
