using System.Globalization;
using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The memory that a run takes of its device, in bytes, predicted from its sizes.</summary>
/// <param name="Weights">The model.</param>
/// <param name="Optimizer">
/// Adam's two moments, Signum's iterate, or of matrices with Muon a momentum and the gradient; and an average of the
/// weights, as it is and as it is saved.
/// </param>
/// <param name="Buffers">A batch in its stages, its active entries, and counters of every latent.</param>
/// <param name="Staging">The batches on their way to the device.</param>
/// <param name="Scratch">
/// What kernels use between them, at the most: the encoder once more in the layout that they like, lists of candidates
/// of every row, and what they note for each entry.
/// </param>
public sealed record TrainingMemory(long Weights, long Optimizer, long Buffers, long Staging, long Scratch)
{
    // Candidates that a row may have room for, beside a multiple of k; the rows of a tile; tiles a multiprocessor.
    private const int LeastRoom = 1024;
    private const int TileRows = 128;
    private const int TilesPerUnit = 6;

    /// <summary>All of it.</summary>
    public long Total => this.Weights + this.Optimizer + this.Buffers + this.Staging + this.Scratch;

    /// <summary>Predicts the memory of a run.</summary>
    /// <param name="plan">The run.</param>
    /// <param name="element">How its data is stored.</param>
    /// <param name="device">Where it trains.</param>
    public static TrainingMemory Of(TrainingPlan plan, StagedElement element, DeviceDescription device)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(device);
        long batch = (long)plan.Batch * Math.Max(plan.DIn, plan.DOut);
        long auxK = plan.ListedAuxK;
        ArchitectureTraining training = TrainingObjectives.Get(plan.Architecture);
        long entries = training.MostEntries(plan);
        SaeArchitecture architecture = SaeArchitectures.Get(plan.Architecture);
        long vectors = 1 + architecture.LatentVectors.Count;
        long skip = architecture.HasSkip ? (long)plan.DIn * plan.DOut : 0;
        long rows = (long)plan.Latents * (plan.TiedWeights ? plan.DIn : plan.DIn + (long)plan.DOut);
        long weights = rows + (vectors * plan.Latents) + plan.DOut + skip;
        int parts = (auxK > 0 ? 4 : 3)
            + (architecture.HasSkip ? 1 : 0)
            + Math.Max(0, plan.PrefixCount - 1)
            + (training.ResidualBlocks - 1);
        long stages = (parts * batch) + skip;

        // Codes and list: an index and a value each; the list's offsets, two gradients, a flag and a 64-bit counter.
        long ofLatent = 6L + training.NumbersOfLatent;
        long buffers = stages + (4 * entries) + (ofLatent * plan.Latents) + (3L * plan.Batch) + (3L * plan.DIn);
        // A device whose kernels run in groups splits the latents of few rows among many tiles, with a list each.
        long units = device.MaxGroupSize > 0 ? device.ComputeUnits : 0;
        long lists = Math.Max(plan.Batch, TilesPerUnit * TileRows * units);
        long mostK = Math.Max(plan.K, plan.KStart);
        long candidates = lists * (Room(plan.Latents, mostK) + (auxK > 0 ? Room(plan.Latents, auxK) : 0));
        long packed = (long)plan.Latents * plan.DIn * 5 / 4;
        // A selection over the batch keeps a list on each thread of a processor, of twice the entries.
        long threadLists = training.ListsAll && device.MaxGroupSize == 0 ? 6 * entries * device.ComputeUnits : 0;
        long scratch =
            packed + batch + skip + (2 * candidates) + (8 * entries) + threadLists + (16L * plan.Latents);
        if (plan.Optimizer == OptimizerKind.Muon)
        {
            scratch += OrthogonalizeScratch(plan.Latents, Math.Max(plan.DIn, plan.DOut), device.ComputeUnits);
        }

        return new TrainingMemory(
            weights * sizeof(float),
            OptimizerCopies(plan) * weights * sizeof(float),
            buffers * sizeof(float),
            BatchPrefetcher.Slots * (long)plan.Batch * plan.StagedWidth * BatchStaging.SizeOf(element),
            scratch * sizeof(float));
    }

    /// <summary>The parts, in a line.</summary>
    public override string ToString() =>
        $"{Text(this.Total)}: weights {Text(this.Weights)}, optimiser {Text(this.Optimizer)}, buffers "
        + $"{Text(this.Buffers)}, batches on their way {Text(this.Staging)}, scratch at most {Text(this.Scratch)}";

    /// <summary>Writes bytes in GiB, or in MiB where they are fewer.</summary>
    internal static string Text(long bytes) => bytes >= 1L << 30
        ? string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB");

    /// <summary>How many times as much as the weights the optimiser takes.</summary>
    private static long OptimizerCopies(TrainingPlan plan)
    {
        // An average is computed anew to be saved.
        const long SavedCopy = 1;
        return plan.Optimizer == OptimizerKind.Signum ? 1 + SavedCopy
            : plan.EmaDecay > 0 ? 3 + SavedCopy
            : 2;
    }

    /// <summary>
    /// What products of a matrix take at the most: it twice, squares of its shorter side, and a panel a thread.
    /// </summary>
    private static long OrthogonalizeScratch(long latents, long width, long threads)
    {
        const int Tile = 32;
        const int RowsOfBlock = 512;
        long side = Math.Min(latents, width) + Tile;
        return (2 * latents * width) + (6 * side * side) + (RowsOfBlock * side)
            + (threads * ((4 * Tile * side) + (RowsOfBlock * Tile)));
    }

    private static long Room(long latents, long k) => Math.Min(latents + TileRows, (4 * k) + LeastRoom);
}
