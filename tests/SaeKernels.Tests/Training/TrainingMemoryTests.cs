using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Ilgpu;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class TrainingMemoryTests
{
    [Fact]
    public void Prediction_covers_what_the_processor_takes_and_little_more()
    {
        using CpuBackend backend = new(2);
        RequireClose(backend, latents: 8192, dIn: 256, batch: 512, least: 0.85);
    }

    [Fact]
    public void Prediction_covers_what_muon_takes_of_tall_and_wide_matrices_tied_or_not()
    {
        foreach ((int latents, int dIn, bool isTied) in ((int, int, bool)[])
            [(4096, 64, false), (96, 400, false), (300, 300, true)])
        {
            using CpuBackend backend = new(2);
            TrainingOptions options = new() { Optimizer = OptimizerKind.Muon, TiedWeights = isTied };
            RequireClose(backend, latents, dIn, batch: 64, least: 0, options);
        }
    }

    [Fact]
    public void Prediction_covers_what_the_simulated_gpu_takes()
    {
        using IlgpuBackend backend = IlgpuBackend.CreateSimulator();
        // Shapes that the simulator can take are nearly all scratch.
        RequireClose(backend, latents: 192, dIn: 48, batch: 8, least: 0);
    }

    [Fact]
    public void Weights_and_moments_are_predicted_to_the_byte()
    {
        TrainingPlan plan = TrainingPlan.Create(
            new TrainingOptions { Latents = 1 << 26, K = 1, Batch = 32, Steps = 1 }, dIn: 4096, trainingRows: 100);
        TrainingMemory memory = TrainingMemory.Of(
            plan, StagedElement.Fp32, new DeviceDescription("device", "device", 0, 1, "none"));

        Assert.Equal(4 * ((2L * 4096 * plan.Latents) + plan.Latents + 4096), memory.Weights);
        Assert.Equal(2 * memory.Weights, memory.Optimizer);
    }

    // All but scratch is known to the byte; scratch is a bound.
    private static void RequireClose(
        IComputeBackend backend, int latents, int dIn, int batch, double least, TrainingOptions? options = null)
    {
        TrainingPlan plan = TrainingPlan.Create(
            (options ?? new TrainingOptions()) with { Latents = latents, K = 8, Batch = batch, Steps = 2 },
            dIn,
            trainingRows: 10_000);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: dIn);
        using BatchStaging staging = backend.CreateBatchStaging(
            "NextBatches", 3, (long)batch * dIn, StagedElement.Fp16);
        state.Advance(staging, 0);
        backend.Synchronize();

        TrainingMemory memory = TrainingMemory.Of(plan, StagedElement.Fp16, backend.Device);
        long taken = backend.AllocatedBytes;
        string text = $"predicted {memory.Total} ({memory.Scratch} of it scratch), taken {taken}";
        Assert.True(taken <= memory.Total, text);
        Assert.True(taken >= memory.Total - memory.Scratch, text);
        Assert.True(taken >= least * memory.Total, text);
    }
}
