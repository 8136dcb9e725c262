using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>
/// The memory of the batches that several runs share: each is staged once, and normalised on the device once, by the
/// first run that gets to it. Encoders of all runs read the same vectors.
/// </summary>
/// <remarks>
/// Who may write and read which slot is for <see cref="SharedBatches"/> to say. Runs on backends of their own must have
/// backends that share their memory, as processor backends do.
/// </remarks>
internal sealed class GroupBatches : IDisposable
{
    private readonly BatchStaging staging;
    private readonly TrainingBatch[] slots;
    private readonly long[] loaded;
    private readonly Normalization normalization;

    /// <summary>Allocates the slots.</summary>
    /// <param name="backend">The backend of one of the runs.</param>
    /// <param name="element">How the data is stored.</param>
    /// <param name="plan">One of the runs.</param>
    /// <param name="normalization">The map of all columns of the data.</param>
    public GroupBatches(
        IComputeBackend backend, StagedElement element, TrainingPlan plan, Normalization normalization)
    {
        const int Slots = SharedBatches.Slots;
        this.normalization = normalization;
        this.staging = backend.CreateBatchStaging(
            "NextBatches", Slots, (long)plan.Batch * plan.StagedWidth, element);
        this.slots = [.. Enumerable.Range(0, Slots).Select(_ => new TrainingBatch(backend, plan, normalization))];
        this.loaded = [.. Enumerable.Repeat(-1L, Slots)];
    }

    /// <summary>Reads the batch of a step, and sends it to the device.</summary>
    public void Fill(long step, ShuffledRows rows) =>
        StagedBatches.Fill(this.staging, SlotOf(step), rows, this.normalization);

    /// <summary>The batch of a step, which was filled.</summary>
    /// <param name="step">The steps before it.</param>
    /// <param name="backend">The backend of the run that takes the step.</param>
    public TrainingBatch Get(long step, IComputeBackend backend)
    {
        int slot = SlotOf(step);
        TrainingBatch batch = this.slots[slot];
        lock (batch)
        {
            if (this.loaded[slot] != step)
            {
                batch.Load(backend, this.staging, slot);
                this.loaded[slot] = step;
            }
        }

        return batch;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.staging.Dispose();
        Array.ForEach(this.slots, batch => batch.Dispose());
    }

    private static int SlotOf(long step) => (int)(step % SharedBatches.Slots);
}
