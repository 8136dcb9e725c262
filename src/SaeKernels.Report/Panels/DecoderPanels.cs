using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>What the weights say of a feature: directions that are alike, and the weights themselves.</summary>
internal sealed class DecoderPanels
{
    private const int MostNeighbours = 8;
    private const int MostWhole = 512;
    private const int MostLargest = 24;
    private readonly UnitDirections directions;
    private readonly float[] decoder;
    private readonly int dIn;

    public DecoderPanels(UnitDirections directions, float[] decoder, int dIn)
    {
        this.directions = directions;
        this.decoder = decoder;
        this.dIn = dIn;
    }

    public IReadOnlyList<Neighbour> NeighboursOf(int latent)
    {
        PriorityQueue<int, (double, int)> nearest = new();
        ReadOnlySpan<double> direction = this.directions[latent];
        for (int other = 0; other < this.directions.Count; other++)
        {
            if (other != latent)
            {
                double cosine = VectorProducts.Dot(direction, this.directions[other]);
                nearest.Enqueue(other, (cosine, -other));
                if (nearest.Count > MostNeighbours)
                {
                    _ = nearest.Dequeue();
                }
            }
        }

        return [.. nearest.UnorderedItems.OrderByDescending(item => item.Priority)
            .Select(item => new Neighbour(item.Element, item.Priority.Item1))];
    }

    /// <summary>All weights where they are few enough to draw, else the largest, the largest first.</summary>
    public DimensionWeights WeightsOf(int latent)
    {
        float[] weights = this.decoder.AsSpan(latent * this.dIn, this.dIn).ToArray();
        IEnumerable<int> dimensions = Enumerable.Range(0, this.dIn);
        int[] shown = this.dIn <= MostWhole
            ? [.. dimensions]
            : [.. dimensions.OrderByDescending(d => Math.Abs(weights[d])).ThenBy(d => d).Take(MostLargest)];
        return new DimensionWeights(shown, [.. shown.Select(d => weights[d])]);
    }
}
