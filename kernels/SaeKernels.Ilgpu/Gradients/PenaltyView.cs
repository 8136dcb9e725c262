using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>φ of a penalty and its slope, as kernels see them.</summary>
internal struct PenaltyView
{
    private const int Alike = 1;
    private const int ByNorm = 2;
    private const int Power = 1;
    private const int Tanh = 2;

    /// <summary>The derivative of the loss by φ.</summary>
    public float Scale;

    /// <summary>Whether there is a penalty, and latents pay alike, or by the length of their decoder row.</summary>
    public int Kind;
    public int Curve;
    public float Parameter;

    /// <summary>What is taken to a power or to exp: p − 1, or −2c.</summary>
    public float Rate;
    public float Offset;
    public float AtZero;

    public static PenaltyView Of(SparsityPenalty penalty) => new()
    {
        Scale = (float)penalty.Scale,
        Kind = penalty.ByDecoderNorm ? ByNorm : Alike,
        Curve = penalty.Curve.Kind switch
        {
            PenaltyCurveKind.Power => Power,
            PenaltyCurveKind.Tanh => Tanh,
            _ => 0,
        },
        Parameter = (float)penalty.Curve.Parameter,
        Rate = penalty.Curve.Kind == PenaltyCurveKind.Power
            ? (float)penalty.Curve.Parameter - 1
            : -2 * (float)penalty.Curve.Parameter,
        Offset = (float)penalty.Curve.Offset,
        AtZero = (float)Math.Pow(penalty.Curve.Offset, penalty.Curve.Parameter),
    };

    /// <summary>Whether latents pay for being active.</summary>
    public static bool Exists(PenaltyView penalty) => penalty.Kind != 0;

    /// <summary>Whether they pay by the length of their decoder row.</summary>
    public static bool IsByNorm(PenaltyView penalty) => penalty.Kind == ByNorm;

    /// <summary>Returns φ and φ′ of a number that is not negative; called in kernels.</summary>
    public static CostOfEntry CostOf(PenaltyView penalty, float u)
    {
        CostOfEntry cost = new() { Cost = u, Slope = 1f };
        if (penalty.Curve == Power)
        {
            float shifted = u + penalty.Offset;
            float power = Elementary.Exp(penalty.Rate * Elementary.Log(shifted));
            cost.Cost = (shifted * power) - penalty.AtZero;
            cost.Slope = penalty.Parameter * power;
        }

        if (penalty.Curve == Tanh)
        {
            float e = Elementary.Exp(penalty.Rate * u);
            float inverse = 1 / (1 + e);
            cost.Cost = (1 - e) * inverse;
            cost.Slope = 4 * penalty.Parameter * e * inverse * inverse;
        }

        return cost;
    }

    /// <summary>φ and φ′ of an entry.</summary>
    internal struct CostOfEntry
    {
        public float Cost;
        public float Slope;
    }
}
