using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// How far the sum of a tensor core may be from the canonical float32 pre-activation: |p̃ − p| ≤ radius.
/// </summary>
/// <remarks>
/// <para>With x̂, ŵ the rounded operands and u = 2⁻²⁴, Σ x·w − Σ x̂·ŵ = Σ (x − x̂)·ŵ + Σ x·(w − ŵ), so by Cauchy and
/// Schwarz</para>
/// <para>|p̃ − p| ≤ ‖x − x̂‖·‖ŵ‖ + ‖x‖·‖w − ŵ‖ + α·‖x̂‖·‖ŵ‖ + γ·(|b| + ‖x‖·‖w‖) + 3·u·(|b| + (1 + α)·‖x̂‖·‖ŵ‖)</para>
/// <para>where γ = DIn·u / (1 − DIn·u) bounds the chain of fused multiply-adds that p is, the last term the addition of
/// the bias and of the radius itself, and α the tensor core. The assumption about the tensor core: a product of depth d
/// has an error of at most <see cref="ProductError"/>(d) · (|c| + Σ|a·b|). Over the whole depth D, filled up with
/// zeros, that makes α = (1 + 2·d·2⁻²³)^(D/d) − 1 ≤ t / (1 − t), t = 2·D·2⁻²³.</para>
/// <para>What is known of the hardware (see <see cref="EmulatedAccumulator"/>) gives (1 + 2/L)·d·2⁻²³ for blocks of
/// L ≥ 4 products: the assumption has a third in reserve. <see cref="AccumulatorProbe"/> tests it on the device.</para>
/// </remarks>
internal struct ScreeningBound
{
    private const double LastPlace = 1.0 / (1 << 23);
    private const double UnitRoundoff = LastPlace / 2;

    // Squares below the smallest normal number are rounded absolutely, each by at most 2⁻¹⁴⁹: with fewer than 2²⁸
    // elements a length loses at most 2⁻⁶⁰ to that.
    private const float LostToUnderflow = 1f / (1L << 60);

    // Roundings of the radius itself: a dozen at most.
    private const float OwnRoundings = 1 + (1f / (1 << 20));

    // A sum that overflowed on the way may look like a number again.
    public const float LargestTrusted = 1e37f;

    /// <summary>Factor of ‖x̂‖·‖ŵ‖: the tensor core, and the addition of the bias.</summary>
    public float Accumulation;

    /// <summary>Factor of ‖x‖·‖w‖: the chain.</summary>
    public float Chain;

    /// <summary>Factor of |b|.</summary>
    public float Bias;

    /// <summary>What underflow adds.</summary>
    public float Floor;

    /// <summary>Whether there is a bound at all; without, radii are 0 and nothing is proven.</summary>
    public int IsExact;

    /// <summary>The largest depth that is screened: the bound is of use only far below 2²².</summary>
    public static int LargestDepth => 1 << 20;

    /// <summary>The largest error of one product of a depth, relative to |c| + Σ|a·b|, that is assumed.</summary>
    public static double ProductError(int depth) => 2 * depth * LastPlace;

    /// <summary>Makes the bound for an input width.</summary>
    /// <param name="dIn">The input width.</param>
    /// <param name="depth">The width filled up with zeros, as products see it.</param>
    public static ScreeningBound For(int dIn, int depth)
    {
        double truncated = 2 * depth * LastPlace;
        double accumulation = truncated / (1 - truncated);
        double chain = dIn * UnitRoundoff / (1 - (dIn * UnitRoundoff));
        double additions = 3 * UnitRoundoff;
        return new ScreeningBound
        {
            Accumulation = RoundUp(accumulation + (additions * (1 + accumulation))),
            Chain = RoundUp(chain),
            Bias = RoundUp(chain + additions),
            Floor = LostToUnderflow * LostToUnderflow,
            IsExact = 1,
        };
    }

    /// <summary>One more than a relative error that is above that of the root of a float32 sum of squares.</summary>
    public static float NormInflation(int columns) => RoundUp(1 + ((columns + 16) * 2 * UnitRoundoff));

    /// <summary>Returns a length that is not below the exact one; called in kernels.</summary>
    public static float LengthAbove(float squares, float inflation) =>
        Fma(MathF.Sqrt(squares), inflation, LostToUnderflow);

    /// <summary>Returns the factor of ‖ŵ‖ in the radii of a row; called in kernels.</summary>
    public static float FactorOfNorm(ScreeningBound bound, float norm, float error) =>
        Fma(bound.Accumulation, norm, Fma(bound.Chain, norm + error, error));

    /// <summary>Returns the factor of ‖w − ŵ‖ in the radii of a row; called in kernels.</summary>
    public static float FactorOfError(ScreeningBound bound, float norm, float error) =>
        Fma(bound.Chain, norm + error, norm + error);

    /// <summary>Returns the part of the radius that a latent's bias causes; called in kernels.</summary>
    public static float PartOfBias(ScreeningBound bound, float bias) =>
        Fma(bound.Bias, IntrinsicMath.Abs(bias), bound.Floor);

    /// <summary>Returns the radius; called in kernels.</summary>
    public static float Radius(
        float factorOfNorm, float factorOfError, float norm, float error, float partOfBias) =>
        Fma(factorOfNorm, norm, Fma(factorOfError, error, partOfBias)) * OwnRoundings;

    /// <summary>Whether an upper bound proves anything: neither NaN nor next to overflow; called in kernels.</summary>
    public static bool IsTrusted(float approximate, float radius) =>
        IntrinsicMath.Abs(approximate) + radius <= LargestTrusted;

    private static float RoundUp(double value) => MathF.BitIncrement((float)value);
}
