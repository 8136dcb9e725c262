namespace SaeKernels.Abstractions;

/// <summary>The scalars of one Adam step.</summary>
/// <remarks>
/// m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε). Moments below 1e-36
/// in magnitude are set to 0: a latent idle for hundreds of steps would otherwise compute with denormal numbers, more
/// than ten times slower, and its weights would move by less than 1e-18.
/// Source: Kingma and Ba, "Adam", ICLR 2015.
/// </remarks>
public readonly record struct AdamStep
{
    /// <summary>Moments smaller than this in magnitude are set to 0.</summary>
    public const float SmallestMoment = 1e-36f;

    /// <summary>The learning rate η; at least 0.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The decay β₁ of the first moment, 0 to below 1.</summary>
    public required double Beta1 { get; init; }

    /// <summary>The decay β₂ of the second moment, 0 to below 1.</summary>
    public required double Beta2 { get; init; }

    /// <summary>ε, positive.</summary>
    public required double Epsilon { get; init; }

    /// <summary>The number t of this step, counted from 1.</summary>
    public required long Step { get; init; }

    internal void Validate(string operation)
    {
        Shape.Require(
            this.LearningRate >= 0,
            operation,
            $"LearningRate must be at least 0, but is {this.LearningRate}.",
            "Change LearningRate.");
        Shape.Require(
            this.Beta1 is >= 0 and < 1,
            operation,
            $"Beta1 must be from 0 to below 1, but is {this.Beta1}.",
            "Change Beta1.");
        Shape.Require(
            this.Beta2 is >= 0 and < 1,
            operation,
            $"Beta2 must be from 0 to below 1, but is {this.Beta2}.",
            "Change Beta2.");
        Shape.Require(
            this.Epsilon > 0, operation, $"Epsilon must be positive, but is {this.Epsilon}.", "Change Epsilon.");
        Shape.Require(
            this.Step >= 1, operation, $"Step must be at least 1, but is {this.Step}.", "Count steps from 1.");
    }
}

/// <summary>Arguments of <see cref="IComputeBackend.AdamUpdate"/>.</summary>
public readonly record struct AdamUpdateArguments
{
    /// <summary>The number of parameters.</summary>
    public required int Length { get; init; }

    /// <summary>The parameters w; updated.</summary>
    public required RealBuffer Parameters { get; init; }

    /// <summary>Their gradient g.</summary>
    public required RealBuffer Gradient { get; init; }

    /// <summary>The first moment m; updated.</summary>
    public required RealBuffer FirstMoment { get; init; }

    /// <summary>The second moment v; updated.</summary>
    public required RealBuffer SecondMoment { get; init; }

    /// <summary>The step's scalars.</summary>
    public required AdamStep Step { get; init; }

    /// <summary>Where not null, a factor on the gradient (clipping).</summary>
    public ScalarSlot? GradientFactor { get; init; }

    /// <summary>Whether parameters that come out below 0 are set to 0; NaN stays.</summary>
    public bool IsNonNegative { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AdamUpdate);
        this.Step.Validate(Operation);
        Shape.RequireLength(Operation, nameof(this.Parameters), this.Parameters, this.Length);
        Shape.RequireLength(Operation, nameof(this.Gradient), this.Gradient, this.Length);
        Shape.RequireLength(Operation, nameof(this.FirstMoment), this.FirstMoment, this.Length);
        Shape.RequireLength(Operation, nameof(this.SecondMoment), this.SecondMoment, this.Length);
    }
}

public partial interface IComputeBackend
{
    /// <summary>Applies one Adam step to a vector of parameters.</summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a scalar is outside its range.</exception>
    void AdamUpdate(in AdamUpdateArguments arguments);
}
