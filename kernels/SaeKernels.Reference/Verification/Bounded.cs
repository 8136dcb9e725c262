namespace SaeKernels.Reference;

/// <summary>
/// An exact result, and the interval in which a float32 computation of it must lie, whatever order and fusing it chose.
/// </summary>
/// <remarks>
/// Every operation takes the hull of what its operands allow and widens it by one rounding: fl(a ∘ b) = (a ∘ b)(1 + δ),
/// |δ| ≤ 2⁻²⁴, or by the smallest normal number where results are flushed to zero. A fused multiply-add rounds less
/// often and so stays inside. Source: Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., §2.2 and §3.1.
/// </remarks>
/// <param name="Value">The exact result.</param>
/// <param name="Low">The least that float32 may find.</param>
/// <param name="High">The most that float32 may find.</param>
internal readonly record struct Bounded(double Value, double Low, double High)
{
    /// <summary>
    /// 2⁻²⁴, and a millionth more for the float64 sums that stand for exact ones (their error is 2⁻²⁹ of this).
    /// </summary>
    private const double Roundoff = 1.000001 / (1 << 24);

    private const double SmallestNormal = 1.1754943508222875e-38;

    /// <summary>The farthest that a float32 result may be from the exact one.</summary>
    public double Bound => Math.Max(this.High - this.Value, this.Value - this.Low);

    /// <summary>The largest magnitude in the interval.</summary>
    public double Magnitude => Math.Max(Math.Abs(this.Low), Math.Abs(this.High));

    /// <summary>A float32 input.</summary>
    public static Bounded Exact(double value) => new(value, value, value);

    /// <summary>A float64 scalar that the operation rounds to float32.</summary>
    public static Bounded Rounded(double value) => Exact(value).Widen();

    public static Bounded operator +(Bounded a, Bounded b) =>
        new Bounded(a.Value + b.Value, a.Low + b.Low, a.High + b.High).Widen();

    public static Bounded operator -(Bounded a, Bounded b) =>
        new Bounded(a.Value - b.Value, a.Low - b.High, a.High - b.Low).Widen();

    public static Bounded operator *(Bounded a, Bounded b)
    {
        double p = a.Low * b.Low;
        double q = a.Low * b.High;
        double r = a.High * b.Low;
        double s = a.High * b.High;
        double low = Math.Min(Math.Min(p, q), Math.Min(r, s));
        double high = Math.Max(Math.Max(p, q), Math.Max(r, s));
        return new Bounded(a.Value * b.Value, low, high).Widen();
    }

    /// <summary>Divides by a number whose interval is positive.</summary>
    public static Bounded operator /(Bounded a, Bounded b)
    {
        if (b.Low <= 0)
        {
            throw new ArgumentException(
                $"Bounded: a divisor must be positive, but may be {b.Low}. Choose inputs that keep it away from 0.");
        }

        double low = a.Low / (a.Low < 0 ? b.Low : b.High);
        double high = a.High / (a.High < 0 ? b.High : b.Low);
        return new Bounded(a.Value / b.Value, low, high).Widen();
    }

    public Bounded Square()
    {
        double magnitude = this.Magnitude;
        double least = this.Low <= 0 && this.High >= 0 ? 0 : Math.Min(Math.Abs(this.Low), Math.Abs(this.High));
        return new Bounded(this.Value * this.Value, least * least, magnitude * magnitude).Widen();
    }

    public Bounded Sqrt() =>
        new Bounded(Math.Sqrt(this.Value), Math.Sqrt(Math.Max(0, this.Low)), Math.Sqrt(this.High)).Widen();

    /// <summary>−1, 0 or 1, without rounding.</summary>
    public Bounded Sign() => new(Math.Sign(this.Value), Math.Sign(this.Low), Math.Sign(this.High));

    /// <summary>Clips to a range, without rounding.</summary>
    public Bounded Clamp(double least, double most) =>
        new(Math.Clamp(this.Value, least, most), Math.Clamp(this.Low, least, most), Math.Clamp(this.High, least, most));

    /// <summary>Widens by the rounding of a sum of n terms in any order, γₙ₋₁ · Σ|term|.</summary>
    public Bounded WidenBySum(int terms, double sumOfMagnitudes)
    {
        double roundings = Math.Max(0, terms - 1) * Roundoff;
        return WidenBy((roundings / (1 - roundings) * sumOfMagnitudes) + (terms * SmallestNormal));
    }

    private Bounded Widen() => this.Magnitude == 0 ? this : WidenBy((Roundoff * this.Magnitude) + SmallestNormal);

    private Bounded WidenBy(double margin) => new(this.Value, this.Low - margin, this.High + margin);
}
