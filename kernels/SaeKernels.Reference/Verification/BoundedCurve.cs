using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>φ and φ′ of a penalty with the bounds of a float32 computation by exp and ln.</summary>
/// <remarks>
/// exp and ln may be off by 4 roundings of their result. Then ln a is known within 4·|ln a| roundings, the product with
/// a rounded p − 1 within two more, and a^(p−1) within 6·|p − 1|·|ln a| + 6 with that of a = u + δ and of exp itself.
/// With e = exp(−2c·u), of which 8·c·u + 4 roundings are unknown, φ′ = 4c·e / (1 + e)² has three times as many and
/// six of its own, and φ = (1 − e) / (1 + e) is off by no more than 16 of 1, since x · exp(−x) is below 0.37.
/// </remarks>
internal readonly record struct BoundedCurve(PenaltyCurve Curve)
{
    /// <summary>φ of a number.</summary>
    public Bounded Cost(Bounded u)
    {
        PenaltyCurve curve = this.Curve;
        Bounded hull = Hull(u, value => Curves.Of(curve, value));
        return curve.Kind switch
        {
            PenaltyCurveKind.Power => hull.WidenBySum(
                Roundings(u) + 4, Math.Pow(u.Magnitude + curve.Offset, curve.Parameter)),
            PenaltyCurveKind.Tanh => hull.WidenBySum(17, 1),
            _ => u,
        };
    }

    /// <summary>φ′ of a number.</summary>
    public Bounded Slope(Bounded u)
    {
        PenaltyCurve curve = this.Curve;
        Bounded hull = Hull(u, value => Curves.Slope(curve, value));
        return curve.Kind == PenaltyCurveKind.Linear ? hull : hull.WidenBySum(Roundings(u), hull.Magnitude);
    }

    private static Bounded Hull(Bounded u, Func<double, double> function)
    {
        double low = function(Math.Max(0, u.Low));
        double high = function(Math.Max(0, u.High));
        return new Bounded(function(u.Value), Math.Min(low, high), Math.Max(low, high));
    }

    private int Roundings(Bounded u)
    {
        if (this.Curve.Kind == PenaltyCurveKind.Tanh)
        {
            return (int)Math.Ceiling(3 * ((8 * this.Curve.Parameter * u.Magnitude) + 4)) + 7;
        }

        double logarithm = Math.Max(
            Math.Abs(Math.Log(this.Curve.Offset)), Math.Abs(Math.Log(u.Magnitude + this.Curve.Offset)));
        return (int)Math.Ceiling(6 * (1 - this.Curve.Parameter) * logarithm) + 8;
    }
}
