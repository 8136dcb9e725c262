using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>
/// Vectors of E18, with noise: a direction that is always on, a feature on 30 % of them in two strengths, rare ones.
/// </summary>
internal sealed class PlantedDensities
{
    public const int Always = 0;
    public const int Frequent = 1;
    public const int Features = 9;
    public const int DIn = 16;

    /// <summary>Draws directions and vectors.</summary>
    public PlantedDensities(ulong seed, int rows)
    {
        RandomSequence random = new(seed, RandomPurpose.Synthesis);
        this.Directions = DrawDirections(ref random, Features);
        this.Vectors = new float[rows * DIn];
        for (int row = 0; row < rows; row++)
        {
            Span<float> vector = this.Vectors.AsSpan(row * DIn, DIn);
            foreach (ref float element in vector)
            {
                element = 0.1f * (float)random.NextNormal();
            }

            for (int feature = 0; feature < Features; feature++)
            {
                float strength = (float)Strength(feature, ref random);
                for (int d = 0; d < DIn; d++)
                {
                    vector[d] += strength * this.Directions[(feature * DIn) + d];
                }
            }
        }
    }

    /// <summary>The unit directions [Features, DIn].</summary>
    public float[] Directions { get; }

    /// <summary>The vectors [rows, DIn].</summary>
    public float[] Vectors { get; }

    /// <summary>Unit directions at random.</summary>
    public static float[] DrawDirections(ref RandomSequence random, int count)
    {
        float[] directions = new float[count * DIn];
        for (int row = 0; row < count; row++)
        {
            Span<float> direction = directions.AsSpan(row * DIn, DIn);
            double squares = 0;
            foreach (ref float element in direction)
            {
                element = (float)random.NextNormal();
                squares += element * element;
            }

            foreach (ref float element in direction)
            {
                element /= (float)Math.Sqrt(squares);
            }
        }

        return directions;
    }

    private static double Strength(int feature, ref RandomSequence random) => feature switch
    {
        Always => 4 + (0.4 * random.NextNormal()),
        Frequent => random.NextDouble() >= 0.3 ? 0
            : random.NextDouble() < 0.4 ? -Math.Log(1 - random.NextDouble())
            : 6 + random.NextNormal(),
        _ => random.NextDouble() < 0.05 ? 2 + (2 * random.NextDouble()) : 0,
    };
}
