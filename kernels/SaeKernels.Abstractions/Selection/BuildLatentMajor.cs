namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.BuildLatentMajor"/>.</summary>
public readonly record struct BuildLatentMajorArguments
{
    /// <summary>The number of rows of the batch.</summary>
    public required int Rows { get; init; }

    /// <summary>The codes of the batch.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>Auxiliary codes of the same batch, or null.</summary>
    public SparseCodes? AuxCodes { get; init; }

    /// <summary>Whether entries of value 0 are listed too, as <see cref="JumpThreshold"/> wants them.</summary>
    public bool IncludesZeros { get; init; }

    /// <summary>Receives the entries by latent.</summary>
    public required LatentMajorList List { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.BuildLatentMajor);
        int rows = this.Rows;
        Shape.Require(
            rows >= 0
                && rows <= this.Codes.MaxRows
                && rows <= (this.AuxCodes?.MaxRows ?? int.MaxValue)
                && rows <= int.MaxValue / 2,
            Operation,
            $"Rows must be between 0 and the codes' {this.Codes.MaxRows} rows, but is {rows}.",
            "Pass the rows of the batch.");
        long capacity = this.Codes.Capacity + (long)(this.AuxCodes?.Capacity ?? 0);
        Shape.Require(
            this.List.Capacity >= capacity,
            Operation,
            $"List must have room for {capacity} entries, but has {this.List.Capacity}.",
            "Allocate a larger list.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Orders the active entries (value not 0, NaN included) of a batch, or all entries, by latent, and within a latent
    /// by row, with a counting sort. Codes that had no room for their entries have empty rows, and add nothing.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void BuildLatentMajor(in BuildLatentMajorArguments arguments);
}
