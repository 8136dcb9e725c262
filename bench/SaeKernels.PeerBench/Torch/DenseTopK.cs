using static TorchSharp.torch;

namespace SaeKernels.PeerBench;

/// <summary>
/// TopK as dictionary_learning and SAELens write it: the codes are scattered into a dense [batch, DSae] tensor, the
/// decoder is a linear layer, and autograd goes backward through six products of full size in all.
/// </summary>
internal sealed class DenseTopK(string name, TorchSetup setup) : TorchPeer(name, setup, decoderIsLinear: true)
{
    protected override Tensor Forward(Tensor x)
    {
        Tensor latents = Linear(x - this.BDec, this.WEnc, this.BEnc).relu();
        this.Clock.End(Encode);
        (Tensor values, Tensor indices) = latents.topk(this.Shape.K, -1, largest: true, sorted: false);
        this.Clock.End(Select);
        Tensor codes = zeros_like(latents).scatter_(-1, indices, values);
        Tensor reconstruction = Linear(codes, this.WDec, this.BDec).to_type(ScalarType.Float32);
        this.Clock.End(Decode);
        Tensor loss = SquaredError(reconstruction, x);
        this.Clock.End(Loss);
        return loss;
    }
}
