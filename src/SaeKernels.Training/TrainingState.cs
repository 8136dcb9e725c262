using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>Everything that training changes, on its device: what a checkpoint holds.</summary>
public sealed class TrainingState : IDisposable
{
    private readonly LearningRateSchedule schedule;
    private readonly RealBuffer batch;

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
        this.Normalization = normalization;
        this.Variance = variance;
        this.Config = new SaeConfig
        {
            Architecture = plan.Architecture,
            DIn = plan.DIn,
            DSae = plan.Latents,
            K = plan.K,
        };
        this.Parameters = new SaeParameters(backend, this.Config);
        this.Moments = new AdamMoments(backend, this.Parameters);
        this.Objective = new TopKObjective(backend, this.Parameters, new TopKObjectiveOptions
        {
            Batch = plan.Batch,
            K = plan.K,
            AuxKAlpha = plan.AuxKAlpha,
            AuxK = plan.AuxK,
            DeadAfterTokens = plan.DeadAfterTokens,
            Variance = variance,
            MaxGradientNorm = plan.MaxGradientNorm,
        });
        this.batch = backend.AllocateReal("Batch", (long)plan.Batch * plan.DIn);
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

    /// <summary>Adam's moments.</summary>
    public AdamMoments Moments { get; }

    /// <summary>The loss and the memory of a step.</summary>
    public TopKObjective Objective { get; }

    /// <summary>Steps taken so far.</summary>
    public long Step { get; set; }

    /// <summary>Seconds of training so far, over all processes.</summary>
    public double ElapsedSeconds { get; set; }

    /// <summary>Takes the next step on a batch.</summary>
    /// <param name="activations">Plan.Batch normalised vectors.</param>
    public void Advance(ReadOnlySpan<float> activations)
    {
        this.batch.Upload(activations);
        this.Step++;
        this.Objective.Step(new RealMatrix(this.batch, this.Plan.Batch, this.Plan.DIn), this.Moments, new AdamStep
        {
            LearningRate = this.schedule.At(this.Step),
            Beta1 = this.Plan.Beta1,
            Beta2 = this.Plan.Beta2,
            Epsilon = this.Plan.Epsilon,
            Step = this.Step,
        });
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.batch.Dispose();
        this.Objective.Dispose();
        this.Moments.Dispose();
        this.Parameters.Dispose();
    }
}
