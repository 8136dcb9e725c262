using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>What a model found in consecutive vectors, on the device, while a pass goes over the data.</summary>
/// <remarks>It is valid during <see cref="LatentCounter.Add"/> only.</remarks>
public readonly ref struct DeviceBatch
{
    /// <summary>Which vectors they are, and their tokens.</summary>
    public required BatchTokens Tokens { get; init; }

    /// <summary>The number of the first vector in the whole data, counted from 0.</summary>
    public long FirstRow => this.Tokens.FirstRow;

    /// <summary>The number of vectors.</summary>
    public int Rows => this.Tokens.Rows;

    /// <summary>Their codes.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The vectors x [Rows, DIn].</summary>
    public required RealMatrix Activations { get; init; }
}
