using TorchSharp;
using static TorchSharp.torch;

namespace SaeKernels.PeerBench;

/// <summary>
/// ReLU with an L1 penalty, dense, as dictionary_learning and SAELens write it. The encoder's bias starts where a
/// wanted share of the latents is active.
/// </summary>
internal sealed class ReluL1 : TorchPeer
{
    /// <summary>The weight of the penalty.</summary>
    public const double Coefficient = 1e-3;

    private const int SampledRows = 64;
    private readonly double activeShare;
    private bool started;

    /// <summary>Sets the weights up.</summary>
    /// <param name="name">What results call the peer.</param>
    /// <param name="setup">What it trains.</param>
    /// <param name="activeShare">The share of latents that are active at the start, L0 / DSae.</param>
    public ReluL1(string name, TorchSetup setup, double activeShare)
        : base(name, setup, decoderIsLinear: true)
    {
        this.activeShare = activeShare;
    }

    public override void Load(float[] batch)
    {
        base.Load(batch);
        if (!this.started)
        {
            this.started = true;
            StartBias();
        }
    }

    public override double ReadActive()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable ungraded = no_grad();
        return Latents(this.Input).gt(0).to_type(ScalarType.Float32).sum(1).mean().item<float>();
    }

    protected override Tensor Forward(Tensor x)
    {
        Tensor latents = Latents(x);
        this.Clock.End(Encode);
        Tensor reconstruction = Linear(latents, this.WDec, this.BDec).to_type(ScalarType.Float32);
        this.Clock.End(Decode);
        Tensor penalty = latents.to_type(ScalarType.Float32).sum(1).mean();
        Tensor loss = SquaredError(reconstruction, x) + (Coefficient * penalty);
        this.Clock.End(Loss);
        return loss;
    }

    private Tensor Latents(Tensor x) => Linear(x - this.BDec, this.WEnc, this.BEnc).relu();

    private void StartBias()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable ungraded = no_grad();
        Tensor sample = nn.functional.linear(this.Input[TensorIndex.Slice(0, SampledRows)], this.WEnc).flatten();
        long inactive = Math.Max(1, (long)((1 - this.activeShare) * sample.numel()));
        this.BEnc.fill_(-sample.kthvalue(inactive, 0).values.item<float>());
    }
}
