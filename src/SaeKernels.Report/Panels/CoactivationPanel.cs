using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Which features are active together: Pearson correlations over all vectors, silent ones included.</summary>
internal sealed class CoactivationPanel
{
    private const int MostNeighbours = 8;
    private const int MostPoints = 250;
    private readonly LatentEntries entries;
    private readonly double[] sums;
    private readonly double[] squares;

    public CoactivationPanel(LatentEntries entries)
    {
        this.entries = entries;
        this.sums = new double[entries.Latents];
        this.squares = new double[entries.Latents];
        for (int latent = 0; latent < entries.Latents; latent++)
        {
            foreach (float value in entries.ValuesOf(latent))
            {
                this.sums[latent] += value;
                this.squares[latent] += (double)value * value;
            }
        }
    }

    /// <summary>The features with the largest positive correlation, the largest first.</summary>
    /// <param name="latent">The feature.</param>
    /// <param name="products">Scratch of one number a feature; zeros, and left as zeros.</param>
    public IReadOnlyList<Neighbour> Of(int latent, double[] products)
    {
        ReadOnlySpan<int> rows = this.entries.RowsOf(latent);
        ReadOnlySpan<float> values = this.entries.ValuesOf(latent);
        for (int i = 0; i < rows.Length; i++)
        {
            ReadOnlySpan<int> others = this.entries.LatentsAt(rows[i]);
            ReadOnlySpan<float> activations = this.entries.ValuesAt(rows[i]);
            for (int k = 0; k < others.Length; k++)
            {
                products[others[k]] += (double)values[i] * activations[k];
            }
        }

        products[latent] = 0;
        List<Neighbour> found = [];
        for (int other = 0; other < products.Length; other++)
        {
            if (products[other] > 0)
            {
                found.Add(new Neighbour(other, Correlation(latent, other, products[other])));
                products[other] = 0;
            }
        }

        return [.. found.Where(one => one.Value > 0)
            .OrderByDescending(one => one.Value).ThenBy(one => one.Feature).Take(MostNeighbours)];
    }

    /// <summary>Activations of two features where either is active, at most some hundred at even distances.</summary>
    public FeaturePair Pair(int latent, int other)
    {
        List<int> rows = Union(this.entries.RowsOf(latent), this.entries.RowsOf(other), out int both);
        int shown = Math.Min(MostPoints, rows.Count);
        int[] chosen = [.. Enumerable.Range(0, shown).Select(i => rows[(int)((long)i * rows.Count / shown)])];
        return new FeaturePair(
            other,
            both,
            [.. chosen.Select(row => this.entries.ValueAt(latent, row))],
            [.. chosen.Select(row => this.entries.ValueAt(other, row))]);
    }

    private static List<int> Union(ReadOnlySpan<int> left, ReadOnlySpan<int> right, out int both)
    {
        List<int> rows = new(left.Length + right.Length);
        both = 0;
        int j = 0;
        for (int i = 0; i < left.Length; i++)
        {
            for (; j < right.Length && right[j] < left[i]; j++)
            {
                rows.Add(right[j]);
            }

            if (j < right.Length && right[j] == left[i])
            {
                both++;
                j++;
            }

            rows.Add(left[i]);
        }

        rows.AddRange(right[j..]);
        return rows;
    }

    private double Correlation(int left, int right, double product) => PearsonCorrelation.Of(
        this.entries.Rows,
        this.sums[left],
        this.squares[left],
        this.sums[right],
        this.squares[right],
        product);
}
