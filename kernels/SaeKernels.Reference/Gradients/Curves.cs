using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>φ and φ′ of penalties, in float64.</summary>
internal static class Curves
{
    /// <summary>Returns φ(u).</summary>
    public static double Of(PenaltyCurve curve, double u) => curve.Kind switch
    {
        PenaltyCurveKind.Power =>
            Math.Pow(u + curve.Offset, curve.Parameter) - Math.Pow(curve.Offset, curve.Parameter),
        PenaltyCurveKind.Tanh => Math.Tanh(curve.Parameter * u),
        _ => u,
    };

    /// <summary>Returns φ′(u).</summary>
    public static double Slope(PenaltyCurve curve, double u) => curve.Kind switch
    {
        PenaltyCurveKind.Power => curve.Parameter * Math.Pow(u + curve.Offset, curve.Parameter - 1),
        PenaltyCurveKind.Tanh => curve.Parameter * (1 - Math.Pow(Math.Tanh(curve.Parameter * u), 2)),
        _ => 1,
    };
}
