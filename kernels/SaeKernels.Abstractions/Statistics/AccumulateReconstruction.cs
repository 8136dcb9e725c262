namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.AccumulateReconstruction"/>.</summary>
public readonly record struct AccumulateReconstructionArguments
{
    /// <summary>The vectors y, the batch's rows of all sites.</summary>
    public required RealMatrix Targets { get; init; }

    /// <summary>Their reconstructions ŷ, of the same shape.</summary>
    public required RealMatrix Reconstruction { get; init; }

    /// <summary>The first column of both that is compared; as many as the statistics are wide are. Default 0.</summary>
    public int FirstColumn { get; init; }

    /// <summary>The statistics that the batch is added to; made by the same backend.</summary>
    public required ReconstructionStatistics Statistics { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AccumulateReconstruction);
        Shape.Require(
            this.Statistics is not null,
            Operation,
            $"Statistics must be given, but is missing.",
            "Call CreateReconstructionStatistics first.");
        Shape.RequireMatrix(
            Operation, nameof(this.Reconstruction), this.Reconstruction, this.Targets.Rows, this.Targets.Columns);
        Shape.Require(
            this.FirstColumn >= 0 && this.FirstColumn <= this.Targets.Columns - this.Statistics!.Width,
            Operation,
            $"columns {this.FirstColumn} to {(long)this.FirstColumn + this.Statistics!.Width - 1} must be inside "
            + $"{this.Targets.Columns}.",
            "Change FirstColumn, or the width of the statistics.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>Makes empty statistics for <see cref="AccumulateReconstruction"/>.</summary>
    /// <param name="width">The width of the vectors; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1.</exception>
    ReconstructionStatistics CreateReconstructionStatistics(int width);

    /// <summary>
    /// Adds the vectors of a batch and their reconstructions to what the figures of reconstruction need.
    /// </summary>
    /// <remarks>
    /// Sums over a vector are accumulated in float64, or in pairs of float32 that carry about 48 bits: there they are ∞
    /// where a vector is longer than 1.8·10¹⁹, and lose digits where one is shorter than 10⁻¹⁵. Sums over vectors are
    /// float64. The operation may wait for the device.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void AccumulateReconstruction(in AccumulateReconstructionArguments arguments);
}
