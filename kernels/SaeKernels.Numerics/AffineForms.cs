using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Numerics;

/// <summary>Values of many affine forms at one point: z_l = Σ_k x_k · w_kl − b_l.</summary>
/// <remarks>
/// Every form is one chain of fused multiply-adds, k ascending from −b_l on: the same bits on every machine, and as
/// <see cref="MathF.FusedMultiplyAdd"/> gives them.
/// </remarks>
public static class AffineForms
{
    /// <summary>The number of forms must be a multiple of this.</summary>
    public const int Multiple = 128;

    /// <summary>Evaluates forms.</summary>
    /// <param name="weights">w, [terms, forms].</param>
    /// <param name="offsets">b, [forms].</param>
    /// <param name="point">x, [terms]; may be empty.</param>
    /// <param name="values">Receives z, [forms].</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other.</exception>
    public static void Evaluate(
        ReadOnlySpan<float> weights, ReadOnlySpan<float> offsets, ReadOnlySpan<float> point, Span<float> values)
    {
        int forms = offsets.Length;
        if (forms % Multiple != 0 || values.Length != forms || weights.Length != (long)forms * point.Length)
        {
            throw new ArgumentException(
                $"AffineForms: weights must be [terms, forms], and offsets and values [forms], a multiple of "
                + $"{Multiple}, but their lengths are {weights.Length}, {offsets.Length} and {values.Length} for "
                + $"{point.Length} terms. Pass spans of one shape.");
        }

        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float b = ref MemoryMarshal.GetReference(offsets);
        ref float z = ref MemoryMarshal.GetReference(values);
        int step = 8 * (Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector<float>.Count);
        for (int form = 0; form < forms; form += step)
        {
            ref float from = ref Unsafe.Add(ref w, form);
            if (Vector512.IsHardwareAccelerated)
            {
                EvaluateWide(ref from, forms, ref Unsafe.Add(ref b, form), point, ref Unsafe.Add(ref z, form));
            }
            else
            {
                EvaluateNarrow(ref from, forms, ref Unsafe.Add(ref b, form), point, ref Unsafe.Add(ref z, form));
            }
        }
    }

    /// <summary>Eight sums at a time hide the latency of a multiply-add.</summary>
    private static void EvaluateWide(ref float w, int stride, ref float b, ReadOnlySpan<float> point, ref float z)
    {
        const int Lanes = 16;
        Vector512<float> z0 = -Vector512.LoadUnsafe(ref b);
        Vector512<float> z1 = -Vector512.LoadUnsafe(ref b, Lanes);
        Vector512<float> z2 = -Vector512.LoadUnsafe(ref b, 2 * Lanes);
        Vector512<float> z3 = -Vector512.LoadUnsafe(ref b, 3 * Lanes);
        Vector512<float> z4 = -Vector512.LoadUnsafe(ref b, 4 * Lanes);
        Vector512<float> z5 = -Vector512.LoadUnsafe(ref b, 5 * Lanes);
        Vector512<float> z6 = -Vector512.LoadUnsafe(ref b, 6 * Lanes);
        Vector512<float> z7 = -Vector512.LoadUnsafe(ref b, 7 * Lanes);
        for (int k = 0; k < point.Length; k++)
        {
            Vector512<float> x = Vector512.Create(point[k]);
            z0 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w), z0);
            z1 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w, Lanes), z1);
            z2 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w, 2 * Lanes), z2);
            z3 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w, 3 * Lanes), z3);
            z4 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w, 4 * Lanes), z4);
            z5 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w, 5 * Lanes), z5);
            z6 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w, 6 * Lanes), z6);
            z7 = Vector512.FusedMultiplyAdd(x, Vector512.LoadUnsafe(ref w, 7 * Lanes), z7);
            w = ref Unsafe.Add(ref w, stride);
        }

        z0.StoreUnsafe(ref z);
        z1.StoreUnsafe(ref z, Lanes);
        z2.StoreUnsafe(ref z, 2 * Lanes);
        z3.StoreUnsafe(ref z, 3 * Lanes);
        z4.StoreUnsafe(ref z, 4 * Lanes);
        z5.StoreUnsafe(ref z, 5 * Lanes);
        z6.StoreUnsafe(ref z, 6 * Lanes);
        z7.StoreUnsafe(ref z, 7 * Lanes);
    }

    private static void EvaluateNarrow(ref float w, int stride, ref float b, ReadOnlySpan<float> point, ref float z)
    {
        nuint lanes = (nuint)Vector<float>.Count;
        Vector<float> z0 = -Vector.LoadUnsafe(ref b);
        Vector<float> z1 = -Vector.LoadUnsafe(ref b, lanes);
        Vector<float> z2 = -Vector.LoadUnsafe(ref b, 2 * lanes);
        Vector<float> z3 = -Vector.LoadUnsafe(ref b, 3 * lanes);
        Vector<float> z4 = -Vector.LoadUnsafe(ref b, 4 * lanes);
        Vector<float> z5 = -Vector.LoadUnsafe(ref b, 5 * lanes);
        Vector<float> z6 = -Vector.LoadUnsafe(ref b, 6 * lanes);
        Vector<float> z7 = -Vector.LoadUnsafe(ref b, 7 * lanes);
        for (int k = 0; k < point.Length; k++)
        {
            Vector<float> x = new(point[k]);
            z0 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w), z0);
            z1 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w, lanes), z1);
            z2 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w, 2 * lanes), z2);
            z3 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w, 3 * lanes), z3);
            z4 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w, 4 * lanes), z4);
            z5 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w, 5 * lanes), z5);
            z6 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w, 6 * lanes), z6);
            z7 = Vector.FusedMultiplyAdd(x, Vector.LoadUnsafe(ref w, 7 * lanes), z7);
            w = ref Unsafe.Add(ref w, stride);
        }

        z0.StoreUnsafe(ref z);
        z1.StoreUnsafe(ref z, lanes);
        z2.StoreUnsafe(ref z, 2 * lanes);
        z3.StoreUnsafe(ref z, 3 * lanes);
        z4.StoreUnsafe(ref z, 4 * lanes);
        z5.StoreUnsafe(ref z, 5 * lanes);
        z6.StoreUnsafe(ref z, 6 * lanes);
        z7.StoreUnsafe(ref z, 7 * lanes);
    }
}
