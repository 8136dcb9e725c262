namespace SaeKernels.Abstractions;

/// <summary>What turns a gradient into a step of its parameters.</summary>
public enum OptimizerKind
{
    /// <summary>Adam, with decoupled weight decay AdamW.</summary>
    Adam,

    /// <summary>Signs of gradients, with schedule-free averaging.</summary>
    Signum,

    /// <summary>
    /// Momentum that is orthogonalised, for matrices; vectors take steps of Adam. It is no step of one operation: see
    /// <see cref="IComputeBackend.Orthogonalize"/>.
    /// </summary>
    Muon,
}

/// <summary>The scalars of one optimiser step.</summary>
/// <remarks>
/// <para>Adam: w ← (1 − η·λ)·w; m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g²,
/// w ← w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε). Moments below 1e-36 in magnitude are set to 0: a latent idle for
/// hundreds of steps would otherwise compute with denormal numbers, more than ten times slower, and its weights would
/// move by less than 1e-18. Source: Kingma and Ba, "Adam", ICLR 2015; decay: Loshchilov and Hutter, ICLR 2019.</para>
/// <para>Signum: with the base iterate z in the place of the first moment and no second one, z ← z − η·sign(g) and
/// w ← w + c·(z − w) − (1 − c)·(1 − β)·η·sign(g), where z is the new one and sign(0) = 0. The parameters w are then
/// y = (1 − β)·z + β·x, the point at which the next gradient is taken, and x ← (1 − c)·x + c·z is the average of the
/// iterates, which is what one wants in the end: x = (y − (1 − β)·z) / β. Source: Defazio et al., "The Road Less
/// Scheduled", 2024, equations 3 to 5, around signs of gradients (Bernstein et al., ICML 2018).</para>
/// </remarks>
public readonly record struct OptimizerStep
{
    /// <summary>Adam's moments smaller than this in magnitude are set to 0.</summary>
    public const float SmallestMoment = 1e-36f;

    /// <summary>Which step it is.</summary>
    public OptimizerKind Kind { get; init; }

    /// <summary>The learning rate η; at least 0.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Adam's decay β₁ of the first moment, or Signum's β; 0 to below 1, above 0 for Signum.</summary>
    public required double Beta1 { get; init; }

    /// <summary>Adam's decay β₂ of the second moment, 0 to below 1.</summary>
    public double Beta2 { get; init; }

    /// <summary>Adam's ε, positive.</summary>
    public double Epsilon { get; init; }

    /// <summary>The number t of this step, counted from 1.</summary>
    public required long Step { get; init; }

    /// <summary>Adam's decoupled weight decay λ; at least 0, and η·λ below 1.</summary>
    public double WeightDecay { get; init; }

    /// <summary>The weight c of Signum's newest iterate in the average, above 0 to 1; 1 in the first step.</summary>
    public double AveragingWeight { get; init; }

    internal void Validate(string operation)
    {
        Shape.Require(
            this.Kind is OptimizerKind.Adam or OptimizerKind.Signum,
            operation,
            $"Step.Kind must be Adam or Signum, but is {this.Kind}.",
            "Orthogonalize the momentum of a matrix and add it.");
        Require(operation, this.LearningRate >= 0, "LearningRate", "at least 0", this.LearningRate);
        Require(operation, this.Beta1 is >= 0 and < 1, "Beta1", "from 0 to below 1", this.Beta1);
        Shape.Require(
            this.Step >= 1, operation, $"Step must be at least 1, but is {this.Step}.", "Count steps from 1.");
        if (this.Kind == OptimizerKind.Signum)
        {
            Require(operation, this.Beta1 > 0, "Beta1", "positive", this.Beta1);
            Require(
                operation,
                this.AveragingWeight is > 0 and <= 1,
                "AveragingWeight",
                "above 0 and at most 1",
                this.AveragingWeight);
            Require(operation, this.WeightDecay == 0, "WeightDecay", "0 for Signum", this.WeightDecay);
            return;
        }

        Require(operation, this.Beta2 is >= 0 and < 1, "Beta2", "from 0 to below 1", this.Beta2);
        Require(operation, this.Epsilon > 0, "Epsilon", "positive", this.Epsilon);
        Require(
            operation,
            this.WeightDecay >= 0 && this.LearningRate * this.WeightDecay < 1,
            "WeightDecay",
            "at least 0 and below 1 / LearningRate",
            this.WeightDecay);
    }

    /// <summary>Throws where parameters have not the moments that the step changes.</summary>
    internal void RequireMoments(string operation, string member, AdamParameters parameters, long length)
    {
        Shape.RequireLength(operation, member, parameters.Values, length);
        Shape.RequireLength(operation, member, parameters.FirstMoment, length);
        if (parameters.SecondMoment is RealBuffer second)
        {
            Shape.RequireLength(operation, member, second, length);
        }

        Shape.Require(
            this.Kind == OptimizerKind.Signum || parameters.SecondMoment is not null,
            operation,
            $"{member} must have a second moment for Adam, but has none.",
            "Allocate one.");
    }

    /// <summary>Puts texts together only where a number is outside its range: a step must allocate nothing.</summary>
    private static void Require(string operation, bool holds, string member, string range, double value)
    {
        if (!holds)
        {
            Shape.Require(false, operation, $"{member} must be {range}, but is {value}.", $"Change {member}.");
        }
    }
}

/// <summary>A parameter matrix or vector with what its optimiser keeps, all of one shape.</summary>
/// <param name="Values">The parameters.</param>
/// <param name="FirstMoment">Adam's decayed mean of the gradient, or Signum's base iterate z.</param>
/// <param name="SecondMoment">
/// Adam's decayed mean of the squared gradient; Signum needs none, nor do matrices with Muon.
/// </param>
public readonly record struct AdamParameters(RealBuffer Values, RealBuffer FirstMoment, RealBuffer? SecondMoment);
