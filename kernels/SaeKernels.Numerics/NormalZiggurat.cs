namespace SaeKernels.Numerics;

/// <summary>
/// Draws of the standard normal distribution out of 256 layers of equal area below its density: in 99 of 100 draws one
/// comparison and one product.
/// </summary>
/// <remarks>
/// Exact up to the roundings of float64. Layer and place in it come from different bits.
/// Source: Marsaglia, Tsang, "The ziggurat method for generating random variables", J. Stat. Software 5 (8), 2000;
/// Doornik, "An improved ziggurat method to generate normal random samples", 2005.
/// </remarks>
internal static class NormalZiggurat
{
    private const int Layers = 256;

    // Where the tail begins, and the area of a layer: of the tail with the rectangle beside it, and of any other.
    private const double Tail = 3.6541528853610088;
    private const double Area = 0.004928673233974658;

    // Layer i reaches from 0 to Edges[i]; layer i + 1 lies above it and is narrower.
    private static readonly double[] Edges = MakeEdges();
    private static readonly double[] Inner = MakeInner();

    /// <summary>Draws.</summary>
    public static double Draw(BufferedRandom random)
    {
        while (true)
        {
            ulong bits = random.NextUInt64();
            int layer = (int)(bits & (Layers - 1));
            // The upper 54 bits, as a number in [−1, 1).
            double place = ((long)bits >> 10) * (1.0 / (1L << 53));
            if (Math.Abs(place) < Inner[layer])
            {
                return place * Edges[layer];
            }

            if (layer == 0)
            {
                return DrawTail(random, place < 0);
            }

            double x = place * Edges[layer];
            double below = Density(Edges[layer]);
            double above = Density(Edges[layer + 1]);
            if (below + (random.NextDouble() * (above - below)) < Density(x))
            {
                return x;
            }
        }
    }

    private static double DrawTail(BufferedRandom random, bool isNegative)
    {
        while (true)
        {
            double x = random.NextExponential() / Tail;
            if (2 * random.NextExponential() > x * x)
            {
                return isNegative ? -(Tail + x) : Tail + x;
            }
        }
    }

    private static double[] MakeEdges()
    {
        double[] edges = new double[Layers + 1];
        edges[0] = Area / Density(Tail);
        edges[1] = Tail;
        for (int layer = 2; layer < Layers; layer++)
        {
            edges[layer] = Math.Sqrt(-2 * Math.Log((Area / edges[layer - 1]) + Density(edges[layer - 1])));
        }

        return edges;
    }

    /// <summary>The share of a layer that lies wholly below the density.</summary>
    private static double[] MakeInner()
    {
        double[] inner = new double[Layers];
        for (int layer = 0; layer < Layers; layer++)
        {
            inner[layer] = Edges[layer + 1] / Edges[layer];
        }

        return inner;
    }

    /// <summary>The density, 1 at 0.</summary>
    private static double Density(double x) => Math.Exp(-0.5 * x * x);
}
