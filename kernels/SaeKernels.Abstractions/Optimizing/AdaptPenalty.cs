namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.AdaptPenalty"/>.</summary>
public readonly record struct AdaptPenaltyArguments
{
    /// <summary>Units of <see cref="Sum"/> in 1.</summary>
    public const long UnitsOfSum = 1L << 40;

    /// <summary>What the sum is held within, in both directions.</summary>
    public const long MostSum = 64 * UnitsOfSum;

    /// <summary>The mean number of active latents of the batch.</summary>
    public required ScalarSlot L0 { get; init; }

    /// <summary>The mean number that is wanted; positive.</summary>
    public required double Target { get; init; }

    /// <summary>How much of the distance is added to the sum; 0 to 64.</summary>
    public required double Gain { get; init; }

    /// <summary>
    /// Whether only the sign of the distance counts: then r is 1 in the sum where L0 reaches the target and −1 where it
    /// does not, and 0 outside of it.
    /// </summary>
    public bool BySign { get; init; }

    /// <summary>The factor at a distance and a sum of 0; at least 0.</summary>
    public required double Scale { get; init; }

    /// <summary>The sum of the distances so far, 1 element, in units of 2⁻⁴⁰; updated.</summary>
    public required LongBuffer Sum { get; init; }

    /// <summary>Receives the factor.</summary>
    public required ScalarSlot Factor { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where a scalar is outside its range.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AdaptPenalty);
        Shape.Require(
            this.Target > 0 && double.IsFinite(this.Target),
            Operation,
            $"Target must be a positive number, but is {this.Target}.",
            "Change Target.");
        Shape.Require(
            this.Gain is >= 0 and <= 64,
            Operation,
            $"Gain must be between 0 and 64, but is {this.Gain}.",
            "Change Gain.");
        Shape.Require(
            this.Scale >= 0 && double.IsFinite(this.Scale),
            Operation,
            $"Scale must be a number of at least 0, but is {this.Scale}.",
            "Change Scale.");
        Shape.RequireLength(Operation, nameof(this.Sum), this.Sum, 1);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Sets the factor of a penalty from the L0 of the batch, so that L0 comes to a wanted number:
    /// scale · exp(r + Σ g·r) with r = ln(L0 / target), held within ±1, the sum being over this and all earlier calls.
    /// </summary>
    /// <remarks>
    /// Where L0 is not positive, r is −1. A term g·r is rounded to a unit of the sum, 2⁻⁴⁰, and the sum is held within
    /// ±64, so the factor of a scale below 10⁹ is a finite float32.
    /// Source: a proportional-integral controller in logarithms; by sign: N. Nabeshima's matryoshka-saes, sae.py.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">A scalar is outside its range, or the sum has no element.</exception>
    void AdaptPenalty(in AdaptPenaltyArguments arguments);
}
