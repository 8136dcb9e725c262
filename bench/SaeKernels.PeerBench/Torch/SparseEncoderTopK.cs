using static TorchSharp.torch;

namespace SaeKernels.PeerBench;

/// <summary>
/// TopK as sparsify writes it since 2025: the embedding_bag decoder, and an encoder whose backward pass is written by
/// hand over the k active latents (embedding_bag for the input, index_add_ for the weights). One product of full size.
/// </summary>
internal sealed class SparseEncoderTopK(string name, TorchSetup setup) : TorchPeer(name, setup, decoderIsLinear: false)
{
    private Tensor centered = null!;
    private Tensor indices = null!;
    private Tensor values = null!;

    protected override Tensor Forward(Tensor x)
    {
        using (no_grad())
        {
            this.centered = x - this.BDec;
            Tensor latents = Linear(this.centered, this.WEnc, this.BEnc).relu();
            this.Clock.End(Encode);
            (this.values, this.indices) = latents.topk(this.Shape.K, -1, largest: true, sorted: false);
            this.Clock.End(Select);
        }

        this.values = this.values.to_type(ScalarType.Float32).detach().requires_grad_();
        Tensor reconstruction = EmbeddingBag.Sum(this.indices, this.WDec, this.values) + this.BDec;
        this.Clock.End(Decode);
        Tensor loss = SquaredError(reconstruction, x);
        this.Clock.End(Loss);
        return loss;
    }

    protected override void Backpropagate(Tensor current)
    {
        current.backward();
        using IDisposable ungraded = no_grad();
        // relu's own gradient: a selected latent at 0 learns nothing.
        Tensor slopes = this.values.grad! * this.values.gt(0);
        Tensor entries = this.indices.flatten();
        Tensor contributions = (slopes.unsqueeze(2) * this.centered.unsqueeze(1)).reshape(-1, this.Shape.DIn);
        this.WEnc.grad = zeros_like(this.WEnc).index_add_(0, entries, contributions, 1);
        this.BEnc.grad = zeros_like(this.BEnc).index_add_(0, entries, slopes.flatten(), 1);
        // The name matters: a bare 0 would be taken for an element type.
        this.BDec.grad!.sub_(EmbeddingBag.Sum(this.indices, this.WEnc, slopes).sum(dim: 0));
    }
}
