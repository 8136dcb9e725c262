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

    /// <summary>Where not null, a factor of each column instead, [DIn]; <see cref="Scale"/> is 1 then.</summary>
    public RealBuffer? Scales { get; init; }

    /// <summary>
    /// Numbers of a staged vector, of which DIn are taken; default 0, for DIn. Vectors of several sites are staged side
    /// by side.
    /// </summary>
    public int StagedColumns { get; init; }

    /// <summary>The first number of a staged vector that is taken; default 0.</summary>
    public int FirstColumn { get; init; }

    /// <summary>Receives the vectors [batch, DIn].</summary>
    public required RealMatrix Activations { get; init; }

    /// <summary>Numbers from one staged vector to the next.</summary>
    public int StagedWidth => this.StagedColumns == 0 ? this.Activations.Columns : this.StagedColumns;

    /// <summary>Makes arguments without normalisation.</summary>
    public LoadBatchArguments()
    {
    }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.LoadBatch);
        long length = (long)this.Activations.Rows * this.StagedWidth;
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
        Shape.Require(
            this.FirstColumn >= 0 && this.FirstColumn <= this.StagedWidth - this.Activations.Columns,
            Operation,
            $"columns {this.FirstColumn} to {this.FirstColumn + this.Activations.Columns} must lie inside the "
            + $"{this.StagedWidth} of a staged vector, but do not.",
            "Change FirstColumn or StagedColumns.");
        Shape.RequireMatrix(
            Operation, nameof(this.Activations), this.Activations, this.Activations.Rows, this.Activations.Columns);
        Shape.Require(
            float.IsFinite(this.Scale), Operation, $"Scale must be finite, but is {this.Scale}.", "Change Scale.");
        if (this.Mean is not null)
        {
            Shape.RequireLength(Operation, nameof(this.Mean), this.Mean, this.Activations.Columns);
        }

        if (this.Scales is not null)
        {
            Shape.RequireLength(Operation, nameof(this.Scales), this.Scales, this.Activations.Columns);
            Shape.Require(
                this.Scale == 1,
                Operation,
                $"Scale must be 1 where Scales are given, but is {this.Scale}.",
                "Leave it out.");
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
    /// normalised to (x − Mean) · Scale, or · Scales. What is not asked for (no Mean, a Scale of 1) changes no bit.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or Scale is not finite.</exception>
    void LoadBatch(in LoadBatchArguments arguments);
}
