using SaeKernels.Cpu;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>What holds where encoder and decoder are one matrix.</summary>
public class TiedWeightsTests
{
    private static readonly TrainingOptions Options = new()
    {
        Latents = 48,
        K = 4,
        Batch = 64,
        Steps = 12,
        LogEvery = 1,
        DeadAfterTokens = 128,
        TiedWeights = true,
    };

    [Theory]
    [InlineData("topk")]
    [InlineData("matryoshka-batchtopk")]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    [InlineData("gated")]
    public void Backends_agree_and_both_saved_matrices_are_the_same(string architecture)
    {
        using TrainingData data = new(rows: 400, dIn: 12);
        TrainingRuns.RequireSameLosses(data, Of(architecture) with { Batch = 24, Steps = 5, Latents = 16 });

        using CpuBackend cpu = new(1);
        using Sae sae = SaeLensLayout.Load(data.Run("cpu"), cpu);
        TensorAssert.Equal("WEnc", sae.Parameters.WDec.ToArray(), sae.Parameters.WEnc.ToArray());
    }

    [Theory]
    [InlineData("topk")]
    [InlineData("relu")]
    public void A_planted_dictionary_is_recovered(string architecture) => TrainingRuns.RequireRecovery(
        Of(architecture) with { K = architecture == "topk" ? 2 : null, LearningRate = 3e-3 });

    [Fact]
    public void One_matrix_and_its_moments_take_half_the_memory()
    {
        SaeConfig config = new() { Architecture = "topk", DIn = 64, DSae = 64, K = 4 };
        Assert.Equal(4 * ((2 * 64 * 64) + 128), BytesOf(isTied: false));
        Assert.Equal(4 * ((64 * 64) + 128), BytesOf(isTied: true));

        long BytesOf(bool isTied)
        {
            using CpuBackend backend = new(1);
            using SaeParameters parameters = new(backend, config, isTied);
            long weights = backend.AllocatedBytes;
            using OptimizerState state = new(backend, parameters);
            Assert.Equal(3 * weights, backend.AllocatedBytes);
            return weights;
        }
    }

    [Fact]
    public void A_matrix_that_reads_another_site_cannot_be_tied()
    {
        using CpuBackend backend = new(1);
        SaeConfig config = new() { Architecture = "transcoder", DIn = 6, TargetWidth = 6, DSae = 8, K = 2 };
        ArgumentException fault =
            Assert.Throws<ArgumentException>(() => new SaeParameters(backend, config, isTied: true));
        Assert.Equal(
            "SaeParameters: isTied must be false for transcoder, which does not read the one site that it "
            + "reconstructs, but is True. Leave it out.",
            fault.Message);
    }

    private static TrainingOptions Of(string architecture)
    {
        bool pays = !SaeArchitectures.Get(architecture).HasK;
        return Options with
        {
            Architecture = architecture,
            K = pays ? null : 4,
            L1Coefficient = pays ? 0.1 : null,
        };
    }
}
