using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>What a model found in consecutive vectors, on the device, while a pass goes over the data.</summary>
/// <remarks>It is valid during <see cref="LatentCounter.Add"/> only.</remarks>
public readonly ref struct DeviceBatch
{
    /// <summary>The number of the first vector in the whole data, counted from 0.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The number of vectors.</summary>
    public required int Rows { get; init; }

    /// <summary>Their codes.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The vectors x [Rows, DIn].</summary>
    public required RealMatrix Activations { get; init; }

    /// <summary>The vectors on the host.</summary>
    public required ReadOnlySpan<float> Vectors { get; init; }

    /// <summary>The position of each vector in its document, [Rows]; empty where the data does not say.</summary>
    public ReadOnlySpan<long> Positions { get; init; }
}
