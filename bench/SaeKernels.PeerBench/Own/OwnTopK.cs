using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Our own step: <see cref="TopKObjective"/>, what <c>sae train</c> runs, without AuxK.</summary>
internal sealed class OwnTopK : Trainer
{
    private readonly CpuBackend processor;
    private readonly TimedBackend backend;
    private readonly SaeParameters parameters;
    private readonly TopKObjective objective;
    private readonly AdamMoments moments;
    private readonly RealMatrix activations;
    private long steps;

    public OwnTopK(PlantedBatches data, StepShape shape, EncoderPrecision precision, int threads)
        : base(NameOf(precision))
    {
        this.processor = new CpuBackend(threads, precision);
        this.backend = new TimedBackend(this.processor);
        this.parameters = new SaeParameters(
            this.backend, new SaeConfig { Architecture = "topk", DIn = shape.DIn, DSae = shape.Latents, K = shape.K });
        this.parameters.WEnc.Buffer.Upload(data.InitialWeights);
        this.parameters.WDec.Buffer.Upload(data.InitialWeights);
        this.objective = new TopKObjective(this.backend, this.parameters, new TopKObjectiveOptions
        {
            Batch = shape.Batch,
            K = shape.K,
            AuxKAlpha = 0,
            AuxK = 1,
            DeadAfterTokens = long.MaxValue,
            Variance = data.Variance,
            MaxGradientNorm = double.PositiveInfinity,
        });
        this.moments = new AdamMoments(this.backend, this.parameters);
        long length = (long)shape.Batch * shape.DIn;
        this.activations = new RealMatrix(this.backend.AllocateReal("Activations", length), shape.Batch, shape.DIn);
    }

    public override string EncoderStage => nameof(IComputeBackend.EncodeTopK);

    /// <summary>What results call our step with an encoder in some arithmetic.</summary>
    public static string NameOf(EncoderPrecision precision) => $"ours-{precision.ToString().ToLowerInvariant()}";

    public override void Load(float[] batch)
    {
        this.activations.Buffer.Upload(batch);
        this.backend.Begin();
    }

    public override void Step() => this.objective.TakeStep(this.activations, this.moments, new AdamStep
    {
        LearningRate = LearningRate,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 1e-8,
        Step = ++this.steps,
    });

    public override void Finish()
    {
        foreach (OperationSample sample in this.backend.End())
        {
            this.Clock.Add(sample.Name, sample.Seconds);
        }
    }

    public override double ReadLoss() => this.objective.Report().Loss;

    public override double ReadActive() => this.objective.Report().L0;

    public override void Dispose()
    {
        this.activations.Buffer.Dispose();
        this.moments.Dispose();
        this.objective.Dispose();
        this.parameters.Dispose();
        this.backend.Dispose();
        this.processor.Dispose();
    }
}
