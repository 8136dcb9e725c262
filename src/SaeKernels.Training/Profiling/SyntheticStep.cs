using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>A training step as in the middle of a run, on data that is made up.</summary>
/// <remarks>
/// Encoder and decoder are one random dictionary of unit directions, and each vector is a sum of K of them plus noise:
/// as after training, selections are clear, and a few latents are active far more often than others. The learning rate
/// is 0, so that every repetition does the same arithmetic on the same weights.
/// </remarks>
internal sealed class SyntheticStep : IDisposable
{
    private const int Batches = 4;
    private const ulong Seed = 1;
    private const double Noise = 0.2;
    private readonly TrainingState state;
    private readonly RealMatrix[] batches;
    private readonly float[] firstBatch;
    private readonly RealBuffer uploaded;
    private readonly long[] tokensSinceFired;
    private readonly int[] deadMask;
    private long steps;

    /// <summary>Allocates and fills everything.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="deadShare">The share of latents that are dead, from 0 to below 1.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the device has too little memory.</exception>
    public SyntheticStep(IComputeBackend backend, StepShape shape, double deadShare)
    {
        TrainingPlan plan = TrainingPlan.Create(
            new TrainingOptions { Latents = shape.Latents, K = shape.K, Batch = shape.Batch, Seed = Seed },
            shape.DIn,
            trainingRows: Batches * (long)shape.Batch);
        TrainingLimits.RequireMemory(TrainingMemory.Of(plan, StagedElement.Fp32, backend.Device), backend);
        Shape.Require(
            (long)shape.Latents * shape.DIn <= Array.MaxLength,
            nameof(StepProfiler),
            $"Latents · DIn must be at most {Array.MaxLength}, but is {shape.Latents} · {shape.DIn}.",
            "Lower one of them.");
        this.state = new TrainingState(backend, plan, Normalization.Identity, shape.K);
        TiedInitialization.Write(this.state.Parameters, new double[shape.DIn], Seed);
        float[] dictionary = new float[(long)shape.Latents * shape.DIn];
        Download(this.state.Parameters.WDec, dictionary);
        this.firstBatch = new float[(long)shape.Batch * shape.DIn];
        this.batches = new RealMatrix[Batches];
        for (int i = Batches - 1; i >= 0; i--)
        {
            Fill(this.firstBatch, dictionary, shape, i);
            RealBuffer buffer = backend.AllocateReal($"Batch {i}", this.firstBatch.Length);
            buffer.Upload(this.firstBatch.AsSpan());
            this.batches[i] = new RealMatrix(buffer, shape.Batch, shape.DIn);
        }

        this.uploaded = backend.AllocateReal("Uploaded", this.firstBatch.Length);
        int every = deadShare > 0 ? Math.Max(1, (int)Math.Round(1 / deadShare)) : 0;
        this.deadMask =
            [.. Enumerable.Range(0, shape.Latents).Select(latent => every > 0 && latent % every == 0 ? 1 : 0)];
        this.tokensSinceFired = [.. this.deadMask.Select(dead => dead * plan.DeadAfterTokens)];
    }

    /// <summary>Sets back what a step changes beside moments: which latents are dead.</summary>
    public void Prepare()
    {
        this.state.Objective.DeadMask.Upload(this.deadMask);
        this.state.Objective.TokensSinceFired.Upload(this.tokensSinceFired);
    }

    /// <summary>Enqueues the next step.</summary>
    public void Run()
    {
        RealMatrix batch = this.batches[this.steps % Batches];
        this.steps++;
        this.state.Objective.TakeStep(batch, this.state.Optimizer, new OptimizerStep
        {
            LearningRate = 0,
            Beta1 = this.state.Plan.Beta1,
            Beta2 = this.state.Plan.Beta2,
            Epsilon = this.state.Plan.Epsilon,
            Step = this.steps,
        });
    }

    /// <summary>Allocates the operations that this step has not, on its model and its first batch.</summary>
    public OtherOperations CreateOthers(IComputeBackend backend, StepShape shape) =>
        new(backend, this.state.Parameters, shape, this.batches[0]);

    /// <summary>Copies a batch from the host to the device.</summary>
    public void Upload() => this.uploaded.Upload(this.firstBatch.AsSpan());

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.uploaded.Dispose();
        foreach (RealMatrix batch in this.batches)
        {
            batch.Buffer.Dispose();
        }

        this.state.Dispose();
    }

    private static void Download(RealMatrix matrix, float[] destination)
    {
        const int Chunk = 1 << 20;
        for (int start = 0; start < destination.Length; start += Chunk)
        {
            matrix.Buffer.Download(destination.AsSpan(start, Math.Min(Chunk, destination.Length - start)), start);
        }
    }

    private static void Fill(float[] vectors, float[] dictionary, StepShape shape, int batch)
    {
        double noise = Noise / Math.Sqrt(shape.DIn);
        Parallel.For(0, shape.Batch, row =>
        {
            RandomSequence random = new(Seed, RandomPurpose.Synthesis, ((long)batch * shape.Batch) + row);
            Span<float> vector = vectors.AsSpan(row * shape.DIn, shape.DIn);
            foreach (ref float element in vector)
            {
                element = (float)(noise * random.NextNormal());
            }

            for (int active = 0; active < shape.K; active++)
            {
                // The square of a uniform number: latent j is drawn in proportion to 1 / √j.
                double uniform = random.NextDouble();
                int latent = (int)(uniform * uniform * shape.Latents);
                float value = (float)(0.5 + random.NextDouble());
                ReadOnlySpan<float> direction = dictionary.AsSpan(latent * shape.DIn, shape.DIn);
                for (int d = 0; d < shape.DIn; d++)
                {
                    vector[d] += value * direction[d];
                }
            }
        });
    }
}
