using System.Runtime.InteropServices;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Ilgpu;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Between reports the host never waits for the device, whatever trains.</summary>
public class WaitingTests
{
    private const int DIn = 8;
    private const int Latents = 32;
    private const int Batch = 16;

    /// <summary>The ids of all architectures.</summary>
    public static TheoryData<string> Ids => [.. TrainingObjectives.All.Select(training => training.Architecture)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_step_waits_for_nothing(string architecture) => TestBackends.Use(
        "ilgpu-cpu", backend => RequireNoWaiting(architecture, (IlgpuBackend)backend));

    private static void RequireNoWaiting(string architecture, IlgpuBackend backend)
    {
        ArchitectureTraining training = TrainingObjectives.Get(architecture);
        TrainingOptions options = new()
        {
            Architecture = architecture,
            Latents = Latents,
            K = 2,
            Batch = Batch,
            Steps = 1000,
            MaxGradientNorm = 1,
            AuxKAlpha = training.Has(ArchitectureOptions.AuxK) ? 1.0 / 32 : null,
            DeadAfterTokens = Batch,
        };
        bool hasSites = SaeArchitectures.Get(architecture) is { HasTarget: true } or { HasSites: true };
        int[] sites = hasSites ? [DIn / 2, DIn / 2] : [DIn];
        using TrainingState state = new(
            backend, TrainingPlan.Create(options, sites, trainingRows: 1000), Normalization.Identity, variance: DIn);
        using BatchStaging staging = backend.CreateBatchStaging("Batch", 1, Batch * DIn, StagedElement.Fp32);
        float[] normal = Normal((int)state.Parameters.WEnc.Buffer.Length);
        Normal(Batch * DIn).CopyTo(MemoryMarshal.Cast<byte, float>(staging.HostMemory(0)));
        staging.Send(0);
        state.Parameters.WEnc.Buffer.Upload(normal);
        state.Parameters.WDec.Buffer.Upload(Normal((int)state.Parameters.WDec.Buffer.Length));

        // Half of the latents are active without a bias, hardly any with one: lists and blocks of latents.
        foreach (float bias in (float[])[0, -8])
        {
            state.Parameters.BEnc.Upload(Enumerable.Repeat(bias, Latents).ToArray());

            // The first step of each kind makes room for what kernels leave each other.
            state.Advance(staging, 0);
            long before = backend.Waits;
            state.Advance(staging, 0);
            Assert.Equal(before, backend.Waits);

            double l0 = state.Objective.Report().L0;
            Assert.True(backend.Waits > before);
            Assert.True(
                !training.Has(ArchitectureOptions.TargetL0) || (bias == 0 ? l0 >= Latents / 8 : l0 <= Latents / 8),
                $"L0 {l0} at a bias of {bias}");
        }
    }

    private static float[] Normal(int count)
    {
        RandomSequence random = new(17, RandomPurpose.General);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)random.NextNormal();
        }

        return values;
    }
}
