using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Pearson correlations of latents with dimensions of the vectors, from float64 sums of products.</summary>
internal sealed class InputCorrelations : LatentCollector
{
    // Above this the table of products would not fit beside the rest.
    private const long MostProducts = 1 << 27;
    private readonly int dIn;
    private readonly double[] products;
    private readonly double[] sums;
    private readonly double[] squares;
    private readonly double[] latentSums;
    private readonly double[] latentSquares;
    private long vectors;

    public InputCorrelations(int latents, int dIn)
    {
        this.dIn = dIn;
        this.products = new double[(long)latents * dIn];
        this.sums = new double[dIn];
        this.squares = new double[dIn];
        this.latentSums = new double[latents];
        this.latentSquares = new double[latents];
    }

    public static bool Fits(int latents, int dIn) => (long)latents * dIn <= MostProducts;

    public override void Add(in LatentBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            ReadOnlySpan<float> x = batch.Activations.Slice(row * this.dIn, this.dIn);
            for (int d = 0; d < x.Length; d++)
            {
                this.sums[d] += x[d];
                this.squares[d] += (double)x[d] * x[d];
            }

            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                Add(batch.Latents[entry], batch.Values[entry], x);
            }
        }

        this.vectors += batch.Rows;
    }

    /// <summary>The dimensions whose correlation with a latent is largest in size, the largest first.</summary>
    public DimensionValues Of(int latent, int count)
    {
        double n = this.vectors;
        (int Dimension, double Value)[] largest = [.. Enumerable.Range(0, this.dIn)
            .Select(d => (Dimension: d, Value: Correlation(latent, d, n)))
            .Where(pair => double.IsFinite(pair.Value))
            .OrderByDescending(pair => Math.Abs(pair.Value))
            .ThenBy(pair => pair.Dimension)
            .Take(count)];
        return new DimensionValues(
            [.. largest.Select(pair => pair.Dimension)], [.. largest.Select(pair => pair.Value)]);
    }

    private void Add(int latent, float value, ReadOnlySpan<float> x)
    {
        Span<double> into = this.products.AsSpan(latent * this.dIn, this.dIn);
        for (int d = 0; d < x.Length; d++)
        {
            into[d] += (double)value * x[d];
        }

        this.latentSums[latent] += value;
        this.latentSquares[latent] += (double)value * value;
    }

    private double Correlation(int latent, int d, double n) => PearsonCorrelation.Of(
        n,
        this.latentSums[latent],
        this.latentSquares[latent],
        this.sums[d],
        this.squares[d],
        this.products[((long)latent * this.dIn) + d]);
}
