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
        Require(nameof(plan.KStart), plan.KStart);
        Require(nameof(plan.AuxK), plan.ListedAuxK);
        Require("entries", TrainingObjectives.Get(plan.Architecture).MostEntries(plan with { Batch = 1 }));
        // Residuals take two blocks of the batch and one for each shorter prefix; a batch that is staged has fewer than
        // 2³¹ bytes.
        int blocks = 2 + Math.Max(0, plan.PrefixCount - 1);
        Require($"{blocks} · {nameof(plan.DIn)}", blocks * Math.Max((long)plan.DIn, plan.DOut));
        Require(nameof(plan.StagedWidth), plan.StagedWidth);
        Shape.Require(
            !SaeArchitectures.Get(plan.Architecture).HasSkip || (long)plan.DIn * plan.DOut <= int.MaxValue,
            Where,
            $"DIn · DOut must be at most {int.MaxValue} for {plan.Architecture}, but is {plan.DIn} · {plan.DOut}.",
            "Choose a transcoder without a skip path.");

        void Require(string name, long factor) => Shape.Require(
            plan.Batch * factor <= MostEntries,
            Where,
            $"Batch · {name} must be at most {MostEntries}, but is {plan.Batch} · {factor} = {plan.Batch * factor}.",
            "Lower Batch.");
    }

    /// <summary>Throws where training needs more memory than the device has free.</summary>
    /// <exception cref="ArgumentException">The device is too small.</exception>
    public static void RequireMemory(TrainingMemory memory, IComputeBackend backend)
    {
        long free = backend.FreeBytes;
        Shape.Require(
            memory.Total <= free,
            Where,
            $"{backend.Device.Id} must hold about {memory}, but has {TrainingMemory.Text(free)} free.",
            "Lower Latents or Batch, end what else uses the device, or take another one.");
    }
}
