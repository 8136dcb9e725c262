namespace SaeKernels.Abstractions;

/// <summary>
/// A second selection of an encoder, made in the same pass: the largest pre-activations among flagged latents.
/// </summary>
/// <remarks>It follows the rules of <see cref="IComputeBackend.EncodeTopK"/> whatever the first selection is.</remarks>
public readonly record struct AuxSelection
{
    /// <summary>[DSae] flags: the latents (≠ 0) that may be selected.</summary>
    public required IntBuffer Mask { get; init; }

    /// <summary>Latents kept in each row, 1 to DSae.</summary>
    public required int K { get; init; }

    /// <summary>
    /// Receives the codes; room for batch rows and batch · K entries. Every row has min(K, number of flagged latents)
    /// entries.
    /// </summary>
    public required SparseCodes Codes { get; init; }
}
