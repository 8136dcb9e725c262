namespace SaeKernels.Abstractions;

/// <summary>How what an activation costs grows with it: φ(u) for u ≥ 0, with φ(0) = 0.</summary>
/// <remarks>The default value is <see cref="Linear"/>. φ of NaN is NaN.</remarks>
public readonly record struct PenaltyCurve
{
    private PenaltyCurve(PenaltyCurveKind kind, double parameter, double offset)
    {
        this.Kind = kind;
        this.Parameter = parameter;
        this.Offset = offset;
    }

    /// <summary>φ(u) = u.</summary>
    public static PenaltyCurve Linear => default;

    /// <summary>The kind.</summary>
    public PenaltyCurveKind Kind { get; }

    /// <summary>The exponent p, or the slope c; without meaning for <see cref="PenaltyCurveKind.Linear"/>.</summary>
    public double Parameter { get; }

    /// <summary>The offset δ of <see cref="PenaltyCurveKind.Power"/>.</summary>
    public double Offset { get; }

    /// <summary>φ(u) = (u + δ)^p − δ^p, whose slope at 0 is p · δ^(p−1) and not infinite.</summary>
    /// <param name="exponent">p, above 0 and at most 1.</param>
    /// <param name="offset">δ, positive.</param>
    /// <exception cref="ArgumentException">A number is outside its range.</exception>
    public static PenaltyCurve Power(double exponent, double offset)
    {
        Shape.Require(
            exponent > 0 && exponent <= 1,
            nameof(PenaltyCurve),
            $"exponent must be above 0 and at most 1, but is {exponent}.",
            "Change it.");
        RequirePositive(nameof(offset), offset);
        return new PenaltyCurve(PenaltyCurveKind.Power, exponent, offset);
    }

    /// <summary>φ(u) = tanh(c · u).</summary>
    /// <param name="slope">c, positive.</param>
    /// <exception cref="ArgumentException"><paramref name="slope"/> is not a positive number.</exception>
    public static PenaltyCurve Tanh(double slope)
    {
        RequirePositive(nameof(slope), slope);
        return new PenaltyCurve(PenaltyCurveKind.Tanh, slope, 0);
    }

    private static void RequirePositive(string name, double value) => Shape.Require(
        value > 0 && double.IsFinite(value),
        nameof(PenaltyCurve),
        $"{name} must be a positive number, but is {value}.",
        "Change it.");
}
