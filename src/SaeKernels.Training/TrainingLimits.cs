using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>Refuses plans whose buffers pass what can be indexed, or what the device can hold.</summary>
internal static class TrainingLimits
{
    private const string Where = "Training";

    // Codes and lists are indexed by 32-bit numbers, and a list holds both kinds of codes.
    private const long MostEntries = int.MaxValue / 2;

    /// <summary>Throws where a batch has more numbers or entries than 32 bits can index.</summary>
    /// <exception cref="ArgumentException">Batch is too large for the width, K or AuxK.</exception>
    public static void RequireIndexable(TrainingPlan plan)
    {
        Require(nameof(plan.K), plan.K);
        Require(nameof(plan.AuxK), plan.AuxKAlpha > 0 ? plan.AuxK : 0);
        // Residuals take two blocks of the batch.
        Require(nameof(plan.DIn), plan.DIn);

        void Require(string name, long factor) => Shape.Require(
            plan.Batch * factor <= MostEntries,
            Where,
            $"Batch · {name} must be at most {MostEntries}, but is {plan.Batch} · {factor} = {plan.Batch * factor}.",
            "Lower Batch.");
    }

    /// <summary>Throws where training needs more memory than the device has.</summary>
    /// <exception cref="ArgumentException">The device is too small.</exception>
    public static void RequireMemory(TrainingPlan plan, DeviceDescription device)
    {
        long state = StateBytes(plan);
        long batch = BatchBytes(plan);
        long available = device.MemoryBytes > 0
            ? device.MemoryBytes
            : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Shape.Require(
            state + batch <= available,
            Where,
            $"{device.Id} must hold about {GiB(state + batch)} GiB ({GiB(state)} for weights and optimiser, "
            + $"{GiB(batch)} for a batch), but has {GiB(available)} GiB.",
            "Lower Latents or Batch, or take another device.");
    }

    /// <summary>Weights, two moments, the encoder once more as kernels like it, and a latent's counters.</summary>
    private static long StateBytes(TrainingPlan plan)
    {
        long matrix = (long)plan.Latents * plan.DIn;
        return (7 * matrix * sizeof(float)) + (plan.Latents * 40L);
    }

    /// <summary>The batch in its stages, on the host too, and its active entries by row and by latent.</summary>
    private static long BatchBytes(TrainingPlan plan)
    {
        long entries = (long)plan.Batch * (plan.K + (plan.AuxKAlpha > 0 ? plan.AuxK : 0));
        return (7L * plan.Batch * plan.DIn * sizeof(float)) + (entries * 4 * sizeof(float));
    }

    private static string GiB(long bytes) =>
        (bytes / (double)(1 << 30)).ToString("0.0", System.Globalization.CultureInfo.InvariantCulture);
}
