using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Which directions are nearest to each by cosine, and how strongly they are tied.</summary>
/// <remarks>Exact nearest rows: O(rows² · width) time. Weights as in McInnes, Healy, Melville 2018, §3.1.</remarks>
internal sealed class NeighbourGraph
{
    private const int Neighbours = 15;
    private const int SearchSteps = 64;

    private NeighbourGraph(List<(int From, int To, double Weight)> edges)
    {
        this.Edges = edges;
    }

    /// <summary>Pairs of rows, each once, the lower row first, with a weight above 0 and at most 1.</summary>
    public IReadOnlyList<(int From, int To, double Weight)> Edges { get; }

    public static NeighbourGraph Of(UnitDirections directions)
    {
        (int Other, double Weight)[][] ties = new (int, double)[directions.Count][];
        _ = Parallel.For(0, ties.Length, row => ties[row] = TiesOf(directions, row));
        Dictionary<(int, int), double> edges = [];
        for (int row = 0; row < ties.Length; row++)
        {
            foreach ((int other, double weight) in ties[row])
            {
                (int, int) pair = (Math.Min(row, other), Math.Max(row, other));
                double first = edges.GetValueOrDefault(pair);
                // The probabilistic union of both views.
                edges[pair] = first + weight - (first * weight);
            }
        }

        return new NeighbourGraph([.. edges.OrderBy(edge => edge.Key)
            .Select(edge => (edge.Key.Item1, edge.Key.Item2, edge.Value))]);
    }

    private static (int Other, double Weight)[] TiesOf(UnitDirections directions, int row)
    {
        PriorityQueue<int, (double, int)> nearest = new();
        for (int other = 0; other < directions.Count; other++)
        {
            if (other != row)
            {
                nearest.Enqueue(other, (VectorProducts.Dot(directions[row], directions[other]), -other));
                if (nearest.Count > Neighbours)
                {
                    _ = nearest.Dequeue();
                }
            }
        }

        (int Other, double Distance)[] found = [.. nearest.UnorderedItems
            .Select(item => (item.Element, 1 - item.Priority.Item1))
            .OrderBy(item => item.Item2).ThenBy(item => item.Element)];
        if (found.Length == 0)
        {
            return [];
        }

        double closest = found[0].Distance;
        double width = WidthOf(found, closest);
        return [.. found.Select(item => (item.Other, Math.Exp(-Math.Max(0, item.Distance - closest) / width)))];
    }

    /// <summary>The width at which the weights sum to log₂ of their number, by bisection.</summary>
    private static double WidthOf((int Other, double Distance)[] found, double closest)
    {
        double wanted = Math.Log2(found.Length);
        double low = 1e-6;
        double high = 4;
        for (int step = 0; step < SearchSteps; step++)
        {
            double middle = (low + high) / 2;
            double sum = found.Sum(item => Math.Exp(-Math.Max(0, item.Distance - closest) / middle));
            (low, high) = sum > wanted ? (low, middle) : (middle, high);
        }

        return high;
    }
}
