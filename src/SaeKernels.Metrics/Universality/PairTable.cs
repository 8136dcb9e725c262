namespace SaeKernels.Metrics;

/// <summary>Sums over the tokens on which a latent of one model and one of another are active together.</summary>
internal sealed class PairTable
{
    private readonly int seconds;
    private readonly double[][] products;
    private readonly double[][] firstSquares;
    private readonly double[][] secondSquares;

    public PairTable(int from, int count, int seconds)
    {
        this.From = from;
        this.Count = count;
        this.seconds = seconds;
        this.products = Rows();
        this.firstSquares = Rows();
        this.secondSquares = Rows();
    }

    /// <summary>The first latent of the first model.</summary>
    public int From { get; }

    /// <summary>How many latents of the first model.</summary>
    public int Count { get; }

    /// <summary>
    /// Σ xy of a latent of the first model, counted from <see cref="From"/>, with each of the second.
    /// </summary>
    public double[] Products(int row) => this.products[row];

    /// <summary>Σ x² over the tokens where y is active.</summary>
    public double[] FirstSquares(int row) => this.firstSquares[row];

    /// <summary>Σ y² over the tokens where x is active.</summary>
    public double[] SecondSquares(int row) => this.secondSquares[row];

    /// <summary>Adds the sums of other tokens.</summary>
    public void Add(PairTable other)
    {
        for (int row = 0; row < this.Count; row++)
        {
            Add(this.products[row], other.products[row]);
            Add(this.firstSquares[row], other.firstSquares[row]);
            Add(this.secondSquares[row], other.secondSquares[row]);
        }
    }

    public void Add(LatentBatch first, LatentBatch second)
    {
        for (int row = 0; row < first.Rows; row++)
        {
            int begin = second.RowOffsets[row];
            int end = second.RowOffsets[row + 1];
            for (int entry = first.RowOffsets[row]; entry < first.RowOffsets[row + 1]; entry++)
            {
                int place = first.Latents[entry] - this.From;
                double x = first.Values[entry];
                if (place >= 0 && place < this.Count && x != 0)
                {
                    AddRow(place, x, second.Latents[begin..end], second.Values[begin..end]);
                }
            }
        }
    }

    private static void Add(double[] sums, double[] others)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += others[i];
        }
    }

    private void AddRow(int place, double x, ReadOnlySpan<int> latents, ReadOnlySpan<float> values)
    {
        double[] product = this.products[place];
        double[] firstSquare = this.firstSquares[place];
        double[] secondSquare = this.secondSquares[place];
        for (int entry = 0; entry < latents.Length; entry++)
        {
            double y = values[entry];
            if (y != 0)
            {
                int latent = latents[entry];
                product[latent] += x * y;
                firstSquare[latent] += x * x;
                secondSquare[latent] += y * y;
            }
        }
    }

    private double[][] Rows() => [.. Enumerable.Range(0, this.Count).Select(_ => new double[this.seconds])];
}
