using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

// Alone, since each garbage collection empties the runtime's cache of casts, which the next step fills anew: 216 bytes.
[Collection(nameof(Alone))]
public class StepMemoryTests
{
    private const int DIn = 512;
    private const int Latents = 16384;
    private const int Batch = 2048;

    [Theory]
    [InlineData(EncoderPrecision.Auto, 256)]
    [InlineData(EncoderPrecision.Auto, 1024)]
    [InlineData(EncoderPrecision.Fp32, 1024)]
    public void Steps_take_at_most_a_quarter_more_than_weights_moments_and_packed_encoder(
        EncoderPrecision precision, int batch)
    {
        const int Width = 768;
        const int DSae = 24576;
        using CpuBackend backend = new(2, precision);
        TrainingPlan plan = TrainingPlan.Create(
            new TrainingOptions { Latents = DSae, K = 32, Batch = batch, Steps = 10 }, Width, trainingRows: 100_000);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: Width);
        float[] activations = new float[batch * Width];
        float[] weights = new float[DSae * Width];
        RandomSequence random = new(3, RandomPurpose.General);
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = random.NextSingle() - 0.5f;
            activations[i % activations.Length] = weights[i];
        }

        state.Parameters.WDec.Buffer.Upload(weights);
        state.Parameters.WEnc.Buffer.Upload(weights);
        for (int step = 0; step < 3; step++)
        {
            state.Advance(activations);
        }

        long parametersAndMoments = 3L * sizeof(float) * ((2L * DSae * Width) + DSae + Width);
        bool screens = backend.ReadEncoderReport().Rows > 0;
        long packedEncoder = (screens ? sizeof(sbyte) : sizeof(float)) * (long)DSae * Width;
        long taken = backend.AllocatedBytes;
        Assert.True(
            taken <= 1.25 * (parametersAndMoments + packedEncoder),
            $"{taken} bytes, {parametersAndMoments} of them parameters and moments, {packedEncoder} packed encoder");
    }

    // With one thread all chunks run on the calling thread, whose allocations are counted exactly.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Training_step_allocates_no_managed_memory_and_no_buffer_of_batch_times_latents(int threads)
    {
        using CpuBackend backend = new(threads);
        TrainingPlan plan = TrainingPlan.Create(
            new TrainingOptions { Latents = Latents, K = 32, Batch = Batch, Steps = 20 }, DIn, trainingRows: 100_000);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: DIn);
        float[] batch = new float[Batch * DIn];
        float[] rows = new float[16 * DIn];
        RandomSequence random = new(3, RandomPurpose.General);
        for (int i = 0; i < batch.Length; i++)
        {
            batch[i] = random.NextSingle() - 0.5f;
            rows[i % rows.Length] = batch[i];
        }

        for (int first = 0; first < Latents; first += 16)
        {
            state.Parameters.WDec.Buffer.Upload(rows, (long)first * DIn);
            state.Parameters.WEnc.Buffer.Upload(
                batch.AsSpan(first * 8 % (batch.Length - rows.Length), rows.Length), (long)first * DIn);
        }

        for (int warmUp = 0; warmUp < 5; warmUp++)
        {
            state.Advance(batch);
        }

        Assert.Equal(0, ManagedMemory.OfHalfTheCalls(() => state.Advance(batch)));

        long parametersAndMoments = 3L * sizeof(float) * ((2L * Latents * DIn) + Latents + DIn);
        long packedEncoder = sizeof(float) * (long)Latents * DIn;
        long rest = backend.AllocatedBytes - parametersAndMoments - packedEncoder;
        Assert.True(
            rest < (long)Batch * Latents * sizeof(float) / 2,
            $"{rest} bytes beside parameters, moments and packed encoder");
    }

    // Half of all pre-activations are positive, so that no list has room for them.
    [Theory]
    [MemberData(nameof(ArchitectureTrainingTests.Ids), MemberType = typeof(ArchitectureTrainingTests))]
    public void No_architecture_has_a_number_for_each_vector_and_latent(string architecture)
    {
        const int Width = 8;
        const int Many = 2048;
        SaeArchitecture known = SaeArchitectures.Get(architecture);
        using CpuBackend backend = new(1);
        TrainingPlan plan = TrainingPlan.Create(
            new TrainingOptions { Architecture = architecture, Latents = Many, K = 8, Batch = Many, Steps = 10 },
            known.HasTarget || known.HasSites ? [Width, Width] : [Width],
            trainingRows: 100_000);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: plan.DIn);
        TiedInitialization.WriteDirections([state.Parameters.WEnc], seed: 1, rowNorm: 1);
        TiedInitialization.WriteDirections([state.Parameters.WDec], seed: 1, rowNorm: 1);
        RandomSequence random = new(3, RandomPurpose.General);
        float[] batch = [.. TrainingRuns.Normals(ref random, Many * plan.StagedWidth).Select(value => (float)value)];

        state.Advance(batch);

        Assert.True(double.IsFinite(state.Objective.Report().Loss));
        Assert.InRange(backend.AllocatedBytes, 1, (Many * (long)Many * sizeof(float)) - 1);
    }

    [Theory]
    [InlineData("relu", 0.0)]
    [InlineData("relu", -30.0)]
    [InlineData("gated", 0.0)]
    [InlineData("gated", -30.0)]
    public void Any_number_of_active_latents_allocates_no_managed_memory_and_no_buffer_of_batch_times_latents(
        string architecture, double bias)
    {
        const int Rows = 2048;
        const int Wide = 4096;
        using CpuBackend backend = new(2);
        TrainingPlan plan = TrainingPlan.Create(
            new TrainingOptions
            {
                Architecture = architecture,
                L1Coefficient = 0.2,
                Latents = Wide,
                Batch = Rows,
                Steps = 20,
            },
            dIn: 16,
            trainingRows: 100_000);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: 16);
        RandomSequence random = new(3, RandomPurpose.General);
        float[] batch = [.. TrainingRuns.Normals(ref random, Rows * 16).Select(value => (float)value)];
        double[] weights = TrainingRuns.Normals(ref random, Wide * 16);
        state.Parameters.WEnc.Buffer.Upload(weights);
        state.Parameters.WDec.Buffer.Upload(weights);
        state.Parameters.BEnc.Upload(Enumerable.Repeat(bias, Wide).ToArray());
        for (int warmUp = 0; warmUp < 3; warmUp++)
        {
            state.Advance(batch);
        }

        Assert.Equal(0, ManagedMemory.OfHalfTheCalls(() => state.Advance(batch)));
        Assert.Equal(bias == 0, state.Objective.Report().L0 > Wide / 8);
        int vectors = 1 + state.Parameters.LatentVectors.Count;
        long parametersAndMoments = 3L * sizeof(float) * ((2L * Wide * 16) + (vectors * Wide) + 16);
        long rest = backend.AllocatedBytes - parametersAndMoments;
        Assert.True(rest < (long)Rows * Wide * sizeof(float), $"{rest} bytes beside parameters and moments");
    }
}
