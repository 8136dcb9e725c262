using System.Runtime.Intrinsics;

namespace SaeKernels.Data;

/// <summary>A bound of the hazard −ln(1 − Φ(z)), 16 % above it at most from z = −6 on, in few instructions.</summary>
/// <remarks>
/// Below 0 the logarithm to base 2 of the hazard is at most a cubic polynomial, and 2^(n + f) with f in [0, 1) is at
/// most 2ⁿ · (1 + f), which is what the bits of n + f, as a whole number of 2⁻²³, mean as a float32.
/// Source of the latter: Schraudolph, "A fast, compact approximation of the exponential function", 1999.
/// </remarks>
internal static class HazardBound
{
    /// <summary>Below it the bound is that of this z, 10⁻⁹.</summary>
    private const float Least = -6;

    // The least-squares cubic through log₂ of the hazard on [−6, 0], raised by its largest fall below, 0.0407, and by
    // more than all roundings.
    private const float Scale = 1 << 23;
    private const float Coefficient0 = (127 - 0.56942126f + 0.0411f) * Scale;
    private const float Coefficient1 = 1.4422892f * Scale;
    private const float Coefficient2 = -0.46276907f * Scale;
    private const float Coefficient3 = 0.0188152f * Scale;

    /// <summary>Returns bounds for z up to 0; for others it returns any number.</summary>
    /// <param name="z">The z; not NaN.</param>
    public static Vector512<float> OfNegative(Vector512<float> z)
    {
        Vector512<float> low = Vector512.MaxNative(z, Vector512.Create(Least));
        Vector512<float> bits = Vector512.FusedMultiplyAdd(
            low, Vector512.Create(Coefficient3), Vector512.Create(Coefficient2));
        bits = Vector512.FusedMultiplyAdd(bits, low, Vector512.Create(Coefficient1));
        bits = Vector512.FusedMultiplyAdd(bits, low, Vector512.Create(Coefficient0));
        return Vector512.ConvertToInt32Native(bits).AsSingle();
    }

    /// <summary>Returns bounds: above 0 they are 0.7 + 0.8 z + 0.5 z².</summary>
    /// <param name="z">The z; not NaN.</param>
    public static Vector512<float> Of(Vector512<float> z)
    {
        Vector512<float> high = Vector512.FusedMultiplyAdd(z, Vector512.Create(0.5f), Vector512.Create(0.8f));
        return Vector512.ConditionalSelect(
            Vector512.GreaterThan(z, Vector512<float>.Zero),
            Vector512.FusedMultiplyAdd(high, z, Vector512.Create(0.7f)),
            OfNegative(z));
    }
}
