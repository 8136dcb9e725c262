namespace SaeKernels.Abstractions;

/// <summary>
/// Sums over the rows in which a latent with activation x and one of another model with activation y are active
/// together: for each of some latents an array with a number for each of the other model's.
/// </summary>
public sealed class PairSnapshot
{
    /// <summary>Makes sums of nothing.</summary>
    /// <param name="count">How many latents.</param>
    /// <param name="others">The number of latents of the other model.</param>
    public PairSnapshot(int count, int others)
    {
        this.Products = Rows(count, others);
        this.Squares = Rows(count, others);
        this.OtherSquares = Rows(count, others);
    }

    /// <summary>How many latents.</summary>
    public int Count => this.Products.Count;

    /// <summary>Σ x·y.</summary>
    public IReadOnlyList<double[]> Products { get; }

    /// <summary>Σ x² over the rows where y is active.</summary>
    public IReadOnlyList<double[]> Squares { get; }

    /// <summary>Σ y² over the rows where x is active.</summary>
    public IReadOnlyList<double[]> OtherSquares { get; }

    /// <summary>Adds the sums over other rows.</summary>
    /// <param name="other">Sums of the same latents; not changed.</param>
    public void Add(PairSnapshot other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Add(this.Products, other.Products);
        Add(this.Squares, other.Squares);
        Add(this.OtherSquares, other.OtherSquares);
    }

    private static double[][] Rows(int count, int others) =>
        [.. Enumerable.Range(0, count).Select(_ => new double[others])];

    private static void Add(IReadOnlyList<double[]> sums, IReadOnlyList<double[]> others)
    {
        foreach ((double[] row, double[] other) in sums.Zip(others))
        {
            for (int i = 0; i < row.Length; i++)
            {
                row[i] += other[i];
            }
        }
    }
}
