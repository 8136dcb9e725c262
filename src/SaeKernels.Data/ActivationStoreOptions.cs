namespace SaeKernels.Data;

/// <summary>How <see cref="ActivationStore.Open"/> reads files.</summary>
public sealed record ActivationStoreOptions
{
    /// <summary>
    /// The tensor that holds the activations; null (the default) means <c>activations</c>, or else the only 2-D tensor.
    /// It does not concern .npy files, whose array has no name.
    /// </summary>
    public string? TensorName { get; init; }

    /// <summary>Whether a last shard that was cut off is used as far as it goes; false by default.</summary>
    public bool AllowShort { get; init; }
}
