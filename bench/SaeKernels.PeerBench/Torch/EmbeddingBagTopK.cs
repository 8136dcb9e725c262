using static TorchSharp.torch;

namespace SaeKernels.PeerBench;

/// <summary>
/// TopK with sparsify's decoder where its GPU kernel is missing: torch.embedding_bag on the k indices and values. The
/// encoder is a linear layer with autograd: three products of full size.
/// </summary>
internal sealed class EmbeddingBagTopK(string name, TorchSetup setup) : TorchPeer(name, setup, decoderIsLinear: false)
{
    protected override Tensor Forward(Tensor x)
    {
        Tensor latents = Linear(x - this.BDec, this.WEnc, this.BEnc).relu();
        this.Clock.End(Encode);
        (Tensor values, Tensor indices) = latents.topk(this.Shape.K, -1, largest: true, sorted: false);
        this.Clock.End(Select);
        Tensor reconstruction =
            EmbeddingBag.Sum(indices, this.WDec, values.to_type(ScalarType.Float32)) + this.BDec;
        this.Clock.End(Decode);
        Tensor loss = SquaredError(reconstruction, x);
        this.Clock.End(Loss);
        return loss;
    }
}
