namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.LoadBatch"/>.</summary>
public readonly record struct LoadBatchArguments
{
    /// <summary>Where the batch was staged; made by the same backend.</summary>
    public required BatchStaging Staging { get; init; }

    /// <summary>Its slot, which was sent.</summary>
    public required int Slot { get; init; }

    /// <summary>The vector that is subtracted from every row, [DIn]; null for none.</summary>
    public RealBuffer? Mean { get; init; }

    /// <summary>The factor of every number; finite, 1 by default.</summary>
    public float Scale { get; init; } = 1;

    /// <summary>Receives the vectors [batch, DIn].</summary>
    public required RealMatrix Activations { get; init; }

    /// <summary>Makes arguments without normalisation.</summary>
    public LoadBatchArguments()
    {
    }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.LoadBatch);
        long length = (long)this.Activations.Rows * this.Activations.Columns;
        Shape.Require(
            this.Staging is not null, Operation, $"Staging must be given, but is missing.", "Call CreateBatchStaging.");
        Shape.Require(
            this.Slot >= 0 && this.Slot < this.Staging!.Slots,
            Operation,
            $"Slot must be from 0 to {this.Staging!.Slots - 1}, but is {this.Slot}.",
            "Change Slot.");
        Shape.Require(
            length <= this.Staging!.SlotLength,
            Operation,
            $"Activations must have at most the {this.Staging.SlotLength} numbers of a slot, but have {length}.",
            "Stage larger slots.");
        Shape.RequireLength(Operation, nameof(this.Activations), this.Activations.Buffer, length);
        Shape.Require(
            float.IsFinite(this.Scale), Operation, $"Scale must be finite, but is {this.Scale}.", "Change Scale.");
        if (this.Mean is not null)
        {
            Shape.RequireLength(Operation, nameof(this.Mean), this.Mean, this.Activations.Columns);
        }
    }
}

public partial interface IComputeBackend
{
    /// <summary>Allocates slots for <see cref="LoadBatch"/>.</summary>
    /// <param name="name">What they hold; used in messages.</param>
    /// <param name="slots">The number of slots; at least 1.</param>
    /// <param name="slotLength">Numbers of a slot, batch · DIn.</param>
    /// <param name="element">How a number is stored.</param>
    /// <exception cref="ArgumentException">A slot has 2³¹ bytes or more.</exception>
    /// <exception cref="OutOfMemoryException">The device has not that much memory.</exception>
    BatchStaging CreateBatchStaging(string name, int slots, long slotLength, StagedElement element);

    /// <summary>
    /// Turns a staged batch into float32 vectors: widened exactly, subnormal numbers, ∞ and NaN included, then
    /// normalised to (x − Mean) · Scale. What is not asked for (no Mean, a Scale of 1) changes no bit.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or Scale is not finite.</exception>
    void LoadBatch(in LoadBatchArguments arguments);
}
