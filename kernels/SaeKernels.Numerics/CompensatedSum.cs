namespace SaeKernels.Numerics;

/// <summary>A float64 sum that carries the rounding error of every addition along.</summary>
/// <remarks>
/// The error is at most 2u·|Σx| + O(n²u²)·Σ|x| with u = 2⁻⁵³. Once a term or the sum is not finite the result is not
/// finite.
/// Source: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 1974.
/// </remarks>
public struct CompensatedSum
{
    private double sum;
    private double compensation;

    /// <summary>The sum so far.</summary>
    public readonly double Value => double.IsFinite(this.sum) ? this.sum + this.compensation : this.sum;

    /// <summary>Adds a term.</summary>
    /// <param name="term">Any number.</param>
    public void Add(double term)
    {
        double next = this.sum + term;
        this.compensation += Math.Abs(this.sum) >= Math.Abs(term) ? this.sum - next + term : term - next + this.sum;
        this.sum = next;
    }

    /// <summary>Adds another sum.</summary>
    /// <param name="other">The other sum; it is not changed.</param>
    public void Add(CompensatedSum other)
    {
        Add(other.sum);
        this.compensation += other.compensation;
    }
}
