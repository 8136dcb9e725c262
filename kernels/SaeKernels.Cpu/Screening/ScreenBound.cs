namespace SaeKernels.Cpu;

/// <summary>How far a screened pre-activation may be from the canonical one.</summary>
/// <remarks>Derived in docs/decisions/0008-screening.md; u = 2⁻²⁴ and DIn ≤ 65,536.</remarks>
internal static class ScreenBound
{
    /// <summary>Covers the roundings of the bound itself and of the sum that it is added to.</summary>
    public const float RoundingFactor = 1 + (1f / 1024);

    // 2⁻¹²⁰: more than all results that underflow can lose.
    private const float Underflow = 1f / (1L << 60) / (1L << 60);
    private const float UnitRoundoff = 1f / (1 << 24);

    /// <summary>
    /// The share of |b| + ‖x‖·‖w‖ that roundings can make up: those of a chain or any other sum of DIn products, and a
    /// few more.
    /// </summary>
    public static float RoundingShare(int dIn) => 1.5f * (dIn + 16) * UnitRoundoff;

    /// <summary>The part of the bound that a latent has whatever the row.</summary>
    public static float OfBias(float bias, float roundingShare) =>
        ((MathF.Abs(bias) * roundingShare) + Underflow) * RoundingFactor;
}
