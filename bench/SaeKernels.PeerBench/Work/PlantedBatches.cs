using SaeKernels.Numerics;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>
/// Activations with structure to be found: each vector is a sum of K planted directions and a little noise; frequent
/// directions come first (density 1 / (2 √u)), their weights are drawn from N(1, 0.25).
/// </summary>
internal sealed class PlantedBatches
{
    private const ulong Seed = 20261122;
    private const double NoiseDeviation = 0.03;
    private readonly StepShape shape;
    private readonly float[] directions;

    public PlantedBatches(StepShape shape)
    {
        this.shape = shape;
        this.directions = UnitRows.Random(Seed, RandomPurpose.Synthesis, shape.Latents, shape.DIn);
        float[] first = Next(0);
        this.Variance = SquaredDeviation(first);
        this.InitialWeights = UnitRows.Random(Seed, RandomPurpose.Initialization, shape.Latents, shape.DIn);
    }

    /// <summary>The start of encoder and decoder, [DSae, DIn], rows of unit length.</summary>
    public float[] InitialWeights { get; }

    /// <summary>The variance of a vector that the loss is measured in, from batch 0.</summary>
    public double Variance { get; }

    /// <summary>Returns the batch of a step, [batch, DIn].</summary>
    public float[] Next(int step)
    {
        float[] batch = new float[this.shape.Batch * this.shape.DIn];
        Parallel.For(0, this.shape.Batch, row =>
        {
            RandomSequence random = new(Seed, RandomPurpose.General, ((long)step * this.shape.Batch) + row);
            Fill(ref random, batch.AsSpan(row * this.shape.DIn, this.shape.DIn));
        });
        return batch;
    }

    private void Fill(ref RandomSequence random, Span<float> vector)
    {
        for (int d = 0; d < vector.Length; d++)
        {
            vector[d] = (float)(NoiseDeviation * random.NextNormal());
        }

        for (int active = 0; active < this.shape.K; active++)
        {
            double uniform = random.NextDouble();
            int chosen = (int)(this.shape.Latents * uniform * uniform);
            float weight = (float)(1 + (0.5 * random.NextNormal()));
            ReadOnlySpan<float> direction = this.directions.AsSpan(chosen * this.shape.DIn, this.shape.DIn);
            for (int d = 0; d < vector.Length; d++)
            {
                vector[d] += weight * direction[d];
            }
        }
    }

    private double SquaredDeviation(float[] batch)
    {
        double total = 0;
        for (int d = 0; d < this.shape.DIn; d++)
        {
            double sum = 0;
            double squares = 0;
            for (int row = 0; row < this.shape.Batch; row++)
            {
                double value = batch[(row * this.shape.DIn) + d];
                sum += value;
                squares += value * value;
            }

            total += (squares - (sum * sum / this.shape.Batch)) / this.shape.Batch;
        }

        return total;
    }
}
