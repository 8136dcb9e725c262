namespace SaeKernels.Reference;

/// <summary>What the sparsity penalty of a verification case is.</summary>
internal enum PenaltyKind
{
    /// <summary>None.</summary>
    None,

    /// <summary>On the activations.</summary>
    Plain,

    /// <summary>On the activations, weighted by the length of the decoder row.</summary>
    ByDecoderNorm,

    /// <summary>On a power of the activations.</summary>
    Power,

    /// <summary>On tanh of the activations, weighted by the length of the decoder row.</summary>
    Tanh,

    /// <summary>On the activations, weighted by the lengths of the decoder row's parts.</summary>
    BySites,

    /// <summary>On tanh of the activations, weighted by those.</summary>
    TanhBySites,
}
