using System.Globalization;
using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The memory that a run takes of its device, in bytes, predicted from its sizes.</summary>
/// <param name="Weights">The model.</param>
/// <param name="Optimizer">Adam's two moments.</param>
/// <param name="Buffers">A batch in its stages, its active entries, and counters of every latent.</param>
/// <param name="Staging">The batches on their way to the device.</param>
/// <param name="Scratch">
/// What kernels use between them, at the most: the encoder once more in the layout that they like, and what they note
/// for each entry.
/// </param>
public sealed record TrainingMemory(long Weights, long Optimizer, long Buffers, long Staging, long Scratch)
{
    /// <summary>All of it.</summary>
    public long Total => this.Weights + this.Optimizer + this.Buffers + this.Staging + this.Scratch;

    /// <summary>Predicts the memory of a run.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="element">How its data is stored.</param>
    public static TrainingMemory Of(TrainingPlan plan, StagedElement element)
    {
        ArgumentNullException.ThrowIfNull(plan);
        long batch = (long)plan.Batch * plan.DIn;
        long auxK = plan.AuxKAlpha > 0 ? plan.AuxK : 0;
        long entries = plan.Batch * (plan.K + auxK);
        long weights = (2L * plan.Latents * plan.DIn) + plan.Latents + plan.DIn;
        long stages = (auxK > 0 ? 4 : 3) * batch;

        // Codes and list: an index and a value each; the list's offsets, two gradients, a flag and a 64-bit counter.
        long buffers = stages + (4 * entries) + (6L * plan.Latents) + (3L * plan.Batch) + (3L * plan.DIn);
        long scratch = ((long)plan.Latents * plan.DIn * 5 / 4) + batch + (8 * entries) + (16L * plan.Latents);
        return new TrainingMemory(
            weights * sizeof(float),
            2 * weights * sizeof(float),
            buffers * sizeof(float),
            BatchPrefetcher.Slots * batch * BatchStaging.SizeOf(element),
            scratch * sizeof(float));
    }

    /// <summary>The parts in GiB, in a line.</summary>
    public override string ToString() =>
        $"{GiB(this.Total)} GiB: weights {GiB(this.Weights)}, optimiser {GiB(this.Optimizer)}, buffers "
        + $"{GiB(this.Buffers)}, batches on their way {GiB(this.Staging)}, scratch at most {GiB(this.Scratch)}";

    /// <summary>Writes bytes in GiB.</summary>
    internal static string GiB(long bytes) =>
        (bytes / (double)(1 << 30)).ToString("0.00", CultureInfo.InvariantCulture);
}
