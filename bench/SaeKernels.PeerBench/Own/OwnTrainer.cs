using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Our own step: the objective that <c>sae train</c> runs, every operation timed.</summary>
internal abstract class OwnTrainer : Trainer
{
    private readonly CpuBackend processor;
    private readonly TimedBackend backend;
    private readonly TrainingObjective objective;
    private readonly OptimizerState optimizer;
    private readonly RealMatrix activations;
    private long steps;

    /// <summary>Allocates a step.</summary>
    /// <param name="name">What results call it.</param>
    /// <param name="data">The initial weights.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="config">The model.</param>
    /// <param name="processor">The backend, which the trainer disposes.</param>
    /// <param name="create">Allocates the objective of the parameters.</param>
    protected OwnTrainer(
        string name,
        PlantedBatches data,
        StepShape shape,
        SaeConfig config,
        CpuBackend processor,
        Func<IComputeBackend, SaeParameters, TrainingObjective> create)
        : base(name)
    {
        this.processor = processor;
        this.backend = new TimedBackend(this.processor);
        this.Parameters = new SaeParameters(this.backend, config);
        this.Parameters.WEnc.Buffer.Upload(data.InitialWeights);
        this.Parameters.WDec.Buffer.Upload(data.InitialWeights);
        this.objective = create(this.backend, this.Parameters);
        this.optimizer = new OptimizerState(this.backend, this.Parameters);
        long length = (long)shape.Batch * shape.DIn;
        this.activations = new RealMatrix(this.backend.AllocateReal("Activations", length), shape.Batch, shape.DIn);
    }

    /// <summary>The model.</summary>
    protected SaeParameters Parameters { get; }

    public override void Load(float[] batch)
    {
        this.activations.Buffer.Upload(batch);
        this.backend.Begin();
    }

    public override void Step() => this.objective.TakeStep(this.activations, this.optimizer, new OptimizerStep
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
        this.optimizer.Dispose();
        this.objective.Dispose();
        this.Parameters.Dispose();
        this.backend.Dispose();
        this.processor.Dispose();
    }
}
