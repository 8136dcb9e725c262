using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>A batch on the device: what is encoded and, with a transcoder, what is reconstructed of it.</summary>
internal sealed class TrainingBatch : IDisposable
{
    private readonly SiteBatch inputs;
    private readonly SiteBatch? targets;

    /// <summary>Allocates a batch.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="plan">The run.</param>
    /// <param name="normalization">The map of all columns of the data.</param>
    public TrainingBatch(IComputeBackend backend, TrainingPlan plan, Normalization normalization)
    {
        this.inputs = new SiteBatch(backend, "Batch", plan, normalization, 0, plan.DIn);
        this.targets = plan.TargetWidth is int width
            ? new SiteBatch(backend, "Targets", plan, normalization, plan.DIn, width)
            : null;
        this.Inputs = this.inputs.All;
        this.Targets = this.targets?.All;
    }

    /// <summary>What is encoded, [≤ batch, DIn].</summary>
    public RealMatrix Inputs { get; private set; }

    /// <summary>What is reconstructed, [≤ batch, DOut]; null where that is what is encoded.</summary>
    public RealMatrix? Targets { get; private set; }

    /// <summary>Takes normalised vectors, at most a batch of them.</summary>
    public void Upload(ReadOnlySpan<float> vectors)
    {
        this.Inputs = this.inputs.Upload(vectors);
        this.Targets = this.targets?.Upload(vectors);
    }

    /// <summary>Takes a staged batch and normalises it; waits for nothing.</summary>
    /// <param name="backend">Computes; its memory is that of the backend that allocated the batch.</param>
    /// <param name="staging">Where it was staged.</param>
    /// <param name="slot">Its slot.</param>
    public void Load(IComputeBackend backend, BatchStaging staging, int slot)
    {
        this.inputs.Load(backend, staging, slot);
        this.targets?.Load(backend, staging, slot);
        this.Inputs = this.inputs.All;
        this.Targets = this.targets?.All;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.inputs.Dispose();
        this.targets?.Dispose();
    }
}
