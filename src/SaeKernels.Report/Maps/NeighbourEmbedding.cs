using SaeKernels.Numerics;

namespace SaeKernels.Report;

/// <summary>A plane in which directions that are alike lie together: a uniform manifold approximation (UMAP).</summary>
/// <remarks>
/// Stochastic gradient descent on the ties of <see cref="NeighbourGraph"/> with five pushes for each pull, from the
/// principal plane, with Philox: the same directions give the same map. Distances between groups mean little.
/// Source: McInnes, Healy, Melville 2018, arXiv:1802.03426, Algorithm 5; curve for a minimal distance of 0.1.
/// </remarks>
internal static class NeighbourEmbedding
{
    private const int Epochs = 240;
    private const int Pushes = 5;
    private const double CurveA = 1.577;
    private const double CurveB = 0.895;
    private const double MostStep = 4;

    public static (double[] X, double[] Y) Of(NeighbourGraph graph, double[] startX, double[] startY)
    {
        double[] x = Spread(startX);
        double[] y = Spread(startY);
        double strongest = graph.Edges.Count == 0 ? 1 : graph.Edges.Max(edge => edge.Weight);
        RandomSequence random = new(2, RandomPurpose.General);
        for (int epoch = 0; epoch < Epochs; epoch++)
        {
            double rate = 1.0 - ((double)epoch / Epochs);
            foreach ((int from, int to, double weight) in graph.Edges)
            {
                // A tie is visited as often as it is strong.
                double share = weight / strongest;
                if ((int)((epoch + 1) * share) > (int)(epoch * share))
                {
                    Pull(x, y, from, to, rate);
                    Push(x, y, from, rate, ref random);
                    Push(x, y, to, rate, ref random);
                }
            }
        }

        return (x, y);
    }

    // Ten units wide, as the curve expects, with the plane's own order kept.
    private static double[] Spread(double[] start)
    {
        double most = Math.Max(1e-12, start.Max(Math.Abs));
        return [.. start.Select(value => value * 10 / most)];
    }

    private static void Pull(double[] x, double[] y, int from, int to, double rate)
    {
        double dx = x[from] - x[to];
        double dy = y[from] - y[to];
        double squared = (dx * dx) + (dy * dy);
        if (squared > 0)
        {
            double factor = -2 * CurveA * CurveB * Math.Pow(squared, CurveB - 1)
                / (1 + (CurveA * Math.Pow(squared, CurveB)));
            double stepX = rate * Clip(factor * dx);
            double stepY = rate * Clip(factor * dy);
            x[from] += stepX;
            y[from] += stepY;
            x[to] -= stepX;
            y[to] -= stepY;
        }
    }

    private static void Push(double[] x, double[] y, int from, double rate, ref RandomSequence random)
    {
        for (int push = 0; push < Pushes; push++)
        {
            int other = (int)random.NextInt64(x.Length);
            double dx = x[from] - x[other];
            double dy = y[from] - y[other];
            double squared = (dx * dx) + (dy * dy);
            if (other != from && squared > 0)
            {
                double factor = 2 * CurveB / ((0.001 + squared) * (1 + (CurveA * Math.Pow(squared, CurveB))));
                x[from] += rate * Clip(factor * dx);
                y[from] += rate * Clip(factor * dy);
            }
        }
    }

    private static double Clip(double step) => Math.Clamp(step, -MostStep, MostStep);
}
