using System.Diagnostics.CodeAnalysis;
using SaeKernels.Numerics;

namespace SaeKernels.Testing;

/// <summary>Activations that are sparse positive sums of known unit directions.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "A dictionary of directions is the field's word.")]
public sealed class PlantedDictionary
{
    private PlantedDictionary(int dimension, float[][] directions, float[][] activations)
    {
        this.Dimension = dimension;
        this.Directions = directions;
        this.Activations = activations;
    }

    public int Dimension { get; }

    /// <summary>The unit directions.</summary>
    public IReadOnlyList<float[]> Directions { get; }

    /// <summary>The activations, each a sum of <c>active</c> directions with weights in [0.5, 1.5).</summary>
    public IReadOnlyList<float[]> Activations { get; }

    public static PlantedDictionary Create(ulong seed, int features, int dimension, int active, int samples)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[][] directions = new float[features][];
        for (int feature = 0; feature < features; feature++)
        {
            double[] draw = new double[dimension];
            for (int d = 0; d < dimension; d++)
            {
                draw[d] = random.NextNormal();
            }

            double norm = Math.Sqrt(draw.Sum(value => value * value));
            directions[feature] = [.. draw.Select(value => (float)(value / norm))];
        }

        int[] order = [.. Enumerable.Range(0, features)];
        float[][] activations = new float[samples][];
        for (int sample = 0; sample < samples; sample++)
        {
            random.Shuffle<int>(order);
            activations[sample] = new float[dimension];
            foreach (int feature in order.AsSpan(0, active))
            {
                float weight = 0.5f + random.NextSingle();
                for (int d = 0; d < dimension; d++)
                {
                    activations[sample][d] += weight * directions[feature][d];
                }
            }
        }

        return new PlantedDictionary(dimension, directions, activations);
    }

    /// <summary>The mean over the planted directions of the largest cosine with a learned row.</summary>
    /// <param name="dictionary">Rows of <see cref="Dimension"/> numbers, of any length.</param>
    public double MeanMaxCosine(ReadOnlySpan<float> dictionary)
    {
        double total = 0;
        foreach (float[] direction in this.Directions)
        {
            double best = -1;
            for (int start = 0; start < dictionary.Length; start += this.Dimension)
            {
                best = Math.Max(best, Cosine(direction, dictionary.Slice(start, this.Dimension)));
            }

            total += best;
        }

        return total / this.Directions.Count;
    }

    private static double Cosine(ReadOnlySpan<float> left, ReadOnlySpan<float> right)
    {
        double dot = 0;
        double leftSquares = 0;
        double rightSquares = 0;
        for (int d = 0; d < left.Length; d++)
        {
            dot += (double)left[d] * right[d];
            leftSquares += (double)left[d] * left[d];
            rightSquares += (double)right[d] * right[d];
        }

        return rightSquares == 0 ? -1 : dot / Math.Sqrt(leftSquares * rightSquares);
    }
}
