using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>Everything that training changes, on its device: what a checkpoint holds.</summary>
public sealed class TrainingState : IDisposable
{
    private readonly LearningRateSchedule schedule;
    private readonly AveragingWeights averagingWeights;
    private TrainingBatch? ownBatch;

    /// <summary>Allocates the state of a run; weights and moments are zeros.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="plan">The run.</param>
    /// <param name="normalization">What is applied to every vector.</param>
    /// <param name="variance">The variance of a vector that the loss is measured in; positive.</param>
    public TrainingState(IComputeBackend backend, TrainingPlan plan, Normalization normalization, double variance)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(plan);
        this.Plan = plan;
        this.schedule = plan.Schedule;
        this.averagingWeights = new AveragingWeights(this.schedule);
        this.Normalization = normalization;
        this.Variance = variance;
        this.Config = new SaeConfig
        {
            Architecture = plan.Architecture,
            DIn = plan.DIn,
            TargetWidth = plan.TargetWidth,
            Sites = plan.Sites,
            DSae = plan.Latents,
            K = SaeArchitectures.Get(plan.Architecture).HasK ? plan.K : 0,
            HasLayerNorm = plan.Normalize == NormalizationKind.LayerNorm,
        };
        this.Parameters = new SaeParameters(backend, this.Config, plan.TiedWeights);
        this.Optimizer =
            new OptimizerState(backend, this.Parameters, plan.Optimizer, plan.Momentum, plan.EmaDecay);
        this.Objective = TrainingObjectives.Create(backend, this.Parameters, plan, variance);
        this.Backend = backend;
    }

    /// <summary>The run.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>What is applied to every vector.</summary>
    public Normalization Normalization { get; }

    /// <summary>The variance of a vector that the loss is measured in.</summary>
    public double Variance { get; }

    /// <summary>Architecture and sizes of the model.</summary>
    public SaeConfig Config { get; }

    /// <summary>The model's weights, for normalised vectors.</summary>
    public SaeParameters Parameters { get; }

    /// <summary>What the optimiser keeps.</summary>
    public OptimizerState Optimizer { get; }

    /// <summary>The loss and the memory of a step.</summary>
    public TrainingObjective Objective { get; }

    /// <summary>Steps taken so far.</summary>
    public long Step { get; set; }

    /// <summary>Seconds of training so far, over all processes.</summary>
    public double ElapsedSeconds { get; set; }

    /// <summary>Trains.</summary>
    internal IComputeBackend Backend { get; }

    /// <summary>The moving average of the weights; null where there is none.</summary>
    internal WeightAverage? Average => this.Optimizer.Average;

    /// <summary>Takes the next step on a batch.</summary>
    /// <param name="activations">Plan.Batch normalised vectors, with what a transcoder reconstructs.</param>
    public void Advance(ReadOnlySpan<float> activations)
    {
        TrainingBatch batch = OwnBatch();
        batch.Upload(activations);
        Advance(batch);
    }

    /// <summary>Takes the next step on a batch that was staged; waits for nothing.</summary>
    /// <param name="staging">Where it was staged.</param>
    /// <param name="slot">Its slot: Plan.Batch vectors as they are stored.</param>
    public void Advance(BatchStaging staging, int slot)
    {
        TrainingBatch batch = OwnBatch();
        batch.Load(this.Backend, staging, slot);
        Advance(batch);
    }

    /// <summary>Takes the next step on a batch that is on the device.</summary>
    internal void Advance(TrainingBatch batch)
    {
        if (this.Step == 0)
        {
            this.Optimizer.Start();
        }

        this.Step++;
        this.Objective.TakeStep(batch.Inputs, this.Optimizer, NextStep(), batch.Targets);
    }

    /// <summary>Computes ‖x − x̂‖² of vectors; waits for the device.</summary>
    /// <param name="activations">At most Plan.Batch normalised vectors.</param>
    /// <param name="errors">Receives the squared error of each.</param>
    internal void SquaredErrors(ReadOnlySpan<float> activations, Span<double> errors)
    {
        TrainingBatch batch = OwnBatch();
        batch.Upload(activations);
        this.Objective.SquaredErrors(batch.Inputs, Math.Max(1, this.Step), errors);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.ownBatch?.Dispose();
        this.Objective.Dispose();
        this.Optimizer.Dispose();
        this.Parameters.Dispose();
    }

    /// <summary>The run's own batch; a run that shares batches with others does not take its memory.</summary>
    private TrainingBatch OwnBatch() =>
        this.ownBatch ??= new TrainingBatch(this.Backend, this.Plan, this.Normalization);

    private OptimizerStep NextStep()
    {
        bool isSignum = this.Plan.Optimizer == OptimizerKind.Signum;
        return new OptimizerStep
        {
            // Muon's own steps are of matrices; what is left takes Adam's.
            Kind = isSignum ? OptimizerKind.Signum : OptimizerKind.Adam,
            LearningRate = this.schedule.At(this.Step),
            Beta1 = isSignum ? this.Plan.Momentum : this.Plan.Beta1,
            Beta2 = this.Plan.Beta2,
            Epsilon = this.Plan.Epsilon,
            Step = this.Step,
            WeightDecay = this.Plan.WeightDecay,
            AveragingWeight = isSignum ? this.averagingWeights.At(this.Step) : 0,
        };
    }
}
