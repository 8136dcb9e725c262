using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Our own step: <see cref="TopKObjective"/>, what <c>sae train</c> runs, without AuxK.</summary>
internal sealed class OwnTopK : OwnTrainer
{
    public OwnTopK(PlantedBatches data, StepShape shape, EncoderPrecision precision, int threads)
        : base(
            NameOf(precision),
            data,
            shape,
            new SaeConfig { Architecture = "topk", DIn = shape.DIn, DSae = shape.Latents, K = shape.K },
            new CpuBackend(threads, precision),
            (backend, parameters) => new TopKObjective(backend, parameters, new SelectionObjectiveOptions
            {
                Batch = shape.Batch,
                K = shape.K,
                AuxKAlpha = 0,
                AuxK = 1,
                DeadAfterTokens = long.MaxValue,
                Variance = data.Variance,
                MaxGradientNorm = double.PositiveInfinity,
            }))
    {
    }

    public override string EncoderStage => nameof(IComputeBackend.EncodeTopK);

    /// <summary>What results call our step with an encoder in some arithmetic.</summary>
    public static string NameOf(EncoderPrecision precision) => $"ours-{precision.ToString().ToLowerInvariant()}";
}
