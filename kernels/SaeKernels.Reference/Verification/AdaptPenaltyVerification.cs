using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AdaptPenalty"/> near the wanted number, far from it, and where nothing is
/// active. A logarithm within ±1 may be 2⁻²¹ off, which the sum inherits; the factor has that of its exponent, and of
/// the exponent's own rounding.
/// </summary>
internal static class AdaptPenaltyVerification
{
    private const double LogarithmError = 1.0 / (1 << 21);
    private const double Target = 16;
    private const double Scale = 0.07;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        // Sizes do not matter: one shape has all numbers, the others one of them.
        yield return Check(candidate, shape, l0: 16.3f, gain: 0.5, sum: 0.37);
        if (shape.Batch == 1)
        {
            foreach (float l0 in (float[])[0, 1, 9.1f, 16, 16.3f, 512])
            {
                yield return Check(candidate, shape, l0, gain: 0.02, sum: 0.37);
                yield return Check(candidate, shape, l0, gain: 1, sum: -2.9);
                yield return Check(candidate, shape, l0, gain: 3e-4, sum: -2.9, bySign: true);
            }

            yield return Check(candidate, shape, l0: 9.1f, gain: 0, sum: 7.5);
            yield return Check(candidate, shape, l0: 0, gain: 0.1, sum: -64);
            yield return Check(candidate, shape, l0: 512, gain: 0.1, sum: 64);
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, float l0, double gain, double sum, bool bySign = false)
    {
        const double Units = AdaptPenaltyArguments.UnitsOfSum;
        Comparison comparison = new(
            nameof(IComputeBackend.AdaptPenalty), shape, $"L0 {l0}, sum {sum}{(bySign ? ", by sign" : "")}");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<long> sums = bench.Longs("Sum", [(long)(sum * Units)]);
        WorkbenchBuffer<float> factor = bench.Output("Factor", 1);
        AdaptPenaltyArguments arguments = new()
        {
            L0 = bench.Input("L0", [l0]).Slot,
            Target = Target,
            Gain = gain,
            BySign = bySign,
            Scale = Scale,
            Sum = sums.Longs,
            Factor = factor.Slot,
        };
        bench.Run(() => candidate.AdaptPenalty(arguments));
        double distance = bySign ? (l0 >= Target ? 1 : -1)
            : l0 > 0 ? Math.Clamp(Math.Log(l0 / Target), -1, 1)
            : -1;
        double expected = Math.Clamp((long)(sum * Units) + (gain * distance * Units), -64 * Units, 64 * Units);
        double margin = (gain * LogarithmError * Units) + 1;
        comparison.Near(
            "Sum", 0, sums.Found[0], new Bounded(expected, expected - margin, expected + margin));
        double exponent = (bySign ? 0 : distance) + (expected / Units);
        double most = ((1 + gain) * LogarithmError) + ((Math.Abs(exponent) + 1) * LogarithmError / 2) + (1 / Units);
        comparison.Near(
            "Factor",
            0,
            factor.Found[0],
            new Bounded(
                Scale * Math.Exp(exponent), Scale * Math.Exp(exponent - most), Scale * Math.Exp(exponent + most)));
        return comparison.Result();
    }
}
