namespace SaeKernels.PeerBench;

/// <summary>In which precision libtorch multiplies matrices.</summary>
internal enum PeerPrecision
{
    /// <summary>Float32, PyTorch's default.</summary>
    Fp32,

    /// <summary>
    /// Bfloat16 in and out of every linear layer, weights kept in float32 and converted each step, as under
    /// <c>torch.autocast</c>.
    /// </summary>
    Bf16,
}
