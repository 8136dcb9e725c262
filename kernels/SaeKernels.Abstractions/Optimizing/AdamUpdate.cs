namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.AdamUpdate"/>.</summary>
public readonly record struct AdamUpdateArguments
{
    /// <summary>The number of parameters.</summary>
    public required int Length { get; init; }

    /// <summary>The parameters w; updated.</summary>
    public required RealBuffer Parameters { get; init; }

    /// <summary>Their gradient g.</summary>
    public required RealBuffer Gradient { get; init; }

    /// <summary>Adam's first moment m, or Signum's iterate z; updated.</summary>
    public required RealBuffer FirstMoment { get; init; }

    /// <summary>Adam's second moment v; updated. Null for Signum, which has none.</summary>
    public required RealBuffer? SecondMoment { get; init; }

    /// <summary>The step's scalars.</summary>
    public required OptimizerStep Step { get; init; }

    /// <summary>Where not null, a factor on the gradient (clipping).</summary>
    public ScalarSlot? GradientFactor { get; init; }

    /// <summary>Whether parameters that come out below 0 are set to 0; NaN stays.</summary>
    public bool IsNonNegative { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AdamUpdate);
        this.Step.Validate(Operation);
        Shape.RequireLength(Operation, nameof(this.Gradient), this.Gradient, this.Length);
        AdamParameters parameters = new(this.Parameters, this.FirstMoment, this.SecondMoment);
        this.Step.RequireMoments(Operation, nameof(this.Parameters), parameters, this.Length);
    }
}

public partial interface IComputeBackend
{
    /// <summary>Applies one step of Adam, or of what the step says, to a vector of parameters.</summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a scalar is outside its range.</exception>
    void AdamUpdate(in AdamUpdateArguments arguments);
}
