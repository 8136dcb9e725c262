namespace SaeKernels.Data;

/// <summary>Sums over rows, in float64.</summary>
internal sealed class RowMoments
{
    private const int LargestSample = 1 << 20;
    private readonly double[] shift;
    private readonly double[] sums;
    private double shiftedSquares;
    private double squares;
    private double norms;
    private long rows;

    private RowMoments(int dIn)
    {
        this.shift = new double[dIn];
        this.sums = new double[dIn];
    }

    /// <summary>Measures all rows of a set up to 2²⁰ or else a seeded sample of 2²⁰, after a map.</summary>
    public static RowMoments Measure(ActivationStore store, RowSet set, Normalization map, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(set);
        if (set.Count == 0)
        {
            throw new ArgumentException("Estimate: at least 1 row is needed, but the set of rows is empty. Pass some.");
        }

        RowMoments moments = new(store.DIn);
        int count = (int)Math.Min(LargestSample, set.Count);
        SampleReader.Read(store, set, count, seed, step: 0, (_, part) =>
        {
            map.Apply(part);
            moments.Add(part);
        });
        return moments;
    }

    public float[] Mean() => [.. this.sums.Select((sum, i) => (float)(this.shift[i] + (sum / this.rows)))];

    public double RootMeanSquare() => Math.Sqrt(this.squares / this.rows / this.sums.Length);

    public double MeanNorm() => this.norms / this.rows;

    /// <summary>Returns the mean over rows of the squared distance from their mean.</summary>
    public double TotalVariance()
    {
        double ofMean = this.sums.Sum(sum => sum / this.rows * (sum / this.rows));
        return Math.Max(0, (this.shiftedSquares / this.rows) - ofMean);
    }

    private void Add(ReadOnlySpan<float> part)
    {
        for (; !part.IsEmpty; part = part[this.sums.Length..])
        {
            AddRow(part[..this.sums.Length]);
        }
    }

    private void AddRow(ReadOnlySpan<float> row)
    {
        if (this.rows == 0)
        {
            // Differences from a typical row lose no digits when the mean is far from zero.
            for (int i = 0; i < row.Length; i++)
            {
                this.shift[i] = row[i];
            }
        }

        double square = 0;
        for (int i = 0; i < row.Length; i++)
        {
            double value = row[i];
            double difference = value - this.shift[i];
            square += value * value;
            this.sums[i] += difference;
            this.shiftedSquares += difference * difference;
        }

        this.squares += square;
        this.norms += Math.Sqrt(square);
        this.rows++;
    }
}
