using SaeKernels.Training;
using TorchSharp.Modules;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeKernels.PeerBench;

/// <summary>
/// A training step in libtorch: forward, backward, the decoder gradient's part along each direction removed, Adam, and
/// directions scaled to unit length; what <see cref="OwnTopK"/> does.
/// </summary>
internal abstract class TorchPeer : Trainer
{
    protected const string Encode = "encode";
    protected const string Select = "topk";
    protected const string Decode = "decode";
    protected const string Loss = "loss";
    protected const string Backward = "backward";
    private const string UnitNorm = "unit norm";
    private const string Adam = "adam";
    private readonly Parameter[] parameters;
    private readonly TorchAdam adam;
    private readonly int acrossDirection;
    private readonly double variance;
    private Tensor? loss;

    /// <summary>Sets the weights up.</summary>
    /// <param name="name">What results call the peer.</param>
    /// <param name="setup">What it trains.</param>
    /// <param name="decoderIsLinear">
    /// Whether the decoder is the weight of a linear layer, [DIn, DSae], as dictionary_learning has it; else it is
    /// [DSae, DIn], as sparsify has it.
    /// </param>
    protected TorchPeer(string name, TorchSetup setup, bool decoderIsLinear)
        : base(name)
    {
        StepShape shape = setup.Shape;
        this.Shape = shape;
        this.Precision = setup.Precision;
        this.acrossDirection = decoderIsLinear ? 0 : 1;
        this.variance = setup.Data.Variance;
        using Tensor start = tensor(setup.Data.InitialWeights, [shape.Latents, shape.DIn]);
        this.WEnc = new Parameter(start.clone());
        this.BEnc = new Parameter(zeros(shape.Latents));
        this.WDec = new Parameter(decoderIsLinear ? start.t().contiguous() : start.clone());
        this.BDec = new Parameter(zeros(shape.DIn));
        this.parameters = [this.WEnc, this.BEnc, this.WDec, this.BDec];
        this.adam = setup.FusedAdam ? new FusedAdam(this.parameters) : new UnfusedAdam(this.parameters);
        this.Input = zeros(shape.Batch, shape.DIn);
    }

    public override string EncoderStage => Encode;

    protected StepShape Shape { get; }

    protected PeerPrecision Precision { get; }

    /// <summary>The batch, [batch, DIn].</summary>
    protected Tensor Input { get; }

    protected Parameter WEnc { get; }

    protected Parameter BEnc { get; }

    protected Parameter WDec { get; }

    protected Parameter BDec { get; }

    public override void Load(float[] batch)
    {
        using Tensor values = tensor(batch, [this.Shape.Batch, this.Shape.DIn]);
        this.Input.copy_(values);
    }

    public override void Step()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Parameter parameter in this.parameters)
        {
            parameter.grad = null;
        }

        this.Clock.Begin();
        Tensor current = Forward(this.Input);
        Backpropagate(current);
        this.Clock.End(Backward);
        using (no_grad())
        {
            RemoveParallelGradient();
            this.Clock.End(UnitNorm);
            this.adam.Step();
            this.Clock.End(Adam);
            this.WDec.div_(this.WDec.norm(this.acrossDirection, keepdim: true, p: 2));
            this.Clock.End(UnitNorm);
        }

        this.loss?.Dispose();
        this.loss = current.detach().MoveToOuterDisposeScope();
    }

    public override double ReadLoss() => this.loss!.item<float>();

    public override double ReadActive() => this.Shape.K;

    public override void Dispose()
    {
        this.loss?.Dispose();
        this.Input.Dispose();
        this.adam.Dispose();
        foreach (Parameter parameter in this.parameters)
        {
            parameter.Dispose();
        }
    }

    /// <summary>Returns the loss and ends all stages up to it.</summary>
    protected abstract Tensor Forward(Tensor x);

    /// <summary>Fills the gradients of all parameters.</summary>
    protected virtual void Backpropagate(Tensor current) => current.backward();

    /// <summary>mean_b ‖x − x̂‖² / V.</summary>
    protected Tensor SquaredError(Tensor reconstruction, Tensor x) =>
        (reconstruction - x).pow(2).sum(1).mean() / this.variance;

    /// <summary>A linear layer in the precision of the peer.</summary>
    protected Tensor Linear(Tensor x, Tensor weight, Tensor bias) =>
        nn.functional.linear(Lower(x), Lower(weight), Lower(bias));

    private Tensor Lower(Tensor value) =>
        this.Precision == PeerPrecision.Bf16 ? value.to_type(ScalarType.BFloat16) : value;

    private void RemoveParallelGradient()
    {
        Tensor gradient = this.WDec.grad!;
        Tensor parallel = (gradient * this.WDec).sum(this.acrossDirection, keepdim: true);
        gradient.sub_(parallel * this.WDec);
    }
}
