using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>Our own step of <see cref="ReluObjective"/>; its bias starts as that of <see cref="ReluL1"/>.</summary>
/// <remarks>What results call its encoder is encoder and decoder in one.</remarks>
internal sealed class OwnRelu : OwnTrainer
{
    private const int SampledRows = 64;
    private readonly StepShape shape;
    private readonly float[] initialWeights;
    private readonly double activeShare;
    private bool started;

    public OwnRelu(string peer, PlantedBatches data, StepShape shape, int threads)
        : base(
            NameOf(peer),
            data,
            shape,
            new SaeConfig { Architecture = "relu", DIn = shape.DIn, DSae = shape.Latents },
            new CpuBackend(threads, EncoderPrecision.Fp32),
            (backend, parameters) => new ReluObjective(backend, parameters, new ReluObjectiveOptions
            {
                Batch = shape.Batch,
                L1Coefficient = ReluL1.Coefficient * Math.Sqrt(data.Variance),
                L1WarmupSteps = 0,
                ByDecoderNorm = false,
                DeadAfterTokens = long.MaxValue,
                Variance = data.Variance,
                MaxGradientNorm = double.PositiveInfinity,
            }))
    {
        this.shape = shape;
        this.initialWeights = data.InitialWeights;
        this.activeShare = PeerCatalog.ActiveShareOf(peer) ?? throw new ArgumentException(
            $"OwnRelu: the peer must be one of ReLU, but is '{peer}'. Name relu30 or relu04.");
    }

    public override string EncoderStage => nameof(IComputeBackend.ReluResidual);

    /// <summary>What results call our step beside a peer's.</summary>
    public static string NameOf(string peer) => $"ours-{peer.Split('-')[0]}";

    public override void Load(float[] batch)
    {
        if (!this.started)
        {
            this.started = true;
            StartBias(batch);
        }

        base.Load(batch);
    }

    private void StartBias(float[] batch)
    {
        int rows = Math.Min(SampledRows, this.shape.Batch);
        float[] sample = new float[rows * this.shape.Latents];
        Parallel.For(0, this.shape.Latents, latent =>
        {
            ReadOnlySpan<float> weights = this.initialWeights.AsSpan(latent * this.shape.DIn, this.shape.DIn);
            for (int row = 0; row < rows; row++)
            {
                float sum = 0;
                for (int d = 0; d < weights.Length; d++)
                {
                    sum += weights[d] * batch[(row * weights.Length) + d];
                }

                sample[(row * this.shape.Latents) + latent] = sum;
            }
        });
        Array.Sort(sample);
        float[] bias = new float[this.shape.Latents];
        Array.Fill(bias, -sample[Math.Max(0, (int)((1 - this.activeShare) * sample.Length) - 1)]);
        this.Parameters.BEnc.Upload(bias);
    }
}
