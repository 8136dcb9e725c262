using MathNet.Numerics.LinearAlgebra;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Normal vectors without any features: what a claim about features has to be held against. Isotropic, or with the mean
/// and covariance of given activations.
/// </summary>
public sealed class GaussianSource : SyntheticSource
{
    private const int MostDIn = 1 << 13;
    private readonly CorrelatedNormal? normal;
    private readonly string like;

    private GaussianSource(ulong seed, int dIn, string like, float[]? mean, CorrelatedNormal? normal)
        : base(seed, TrueDirections.None(dIn))
    {
        this.like = like;
        this.normal = normal;
        this.Offset = mean;
    }

    /// <inheritdoc/>
    public override string Generator => "gaussian-null";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => new Dictionary<string, object>
    {
        ["dim"] = this.DIn,
        ["like"] = this.like,
    };

    /// <summary>Elements that are independent and of variance 1.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="dIn">The width, 1 to 8,192.</param>
    public static GaussianSource Isotropic(ulong seed, int dIn)
    {
        SourceCheck.Between(nameof(GaussianSource), nameof(dIn), dIn, 1, MostDIn);
        return new GaussianSource(seed, dIn, like: string.Empty, mean: null, normal: null);
    }

    /// <summary>The mean and covariance of given activations, measured over all of their rows in float64.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="store">The activations; at least 2 rows, at most 8,192 wide.</param>
    /// <param name="rows">The rows that are measured.</param>
    /// <exception cref="ArgumentException">There are fewer than 2 rows, or they are too wide.</exception>
    public static GaussianSource Like(ulong seed, ActivationStore store, RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        SourceCheck.Between(nameof(GaussianSource), nameof(store.DIn), store.DIn, 1, MostDIn);
        SourceCheck.Between(nameof(GaussianSource), "rows", rows.Count, 2, long.MaxValue);
        double[] mean = Mean(store, rows);
        Matrix<double> covariance = Covariance(store, rows, mean);
        return new GaussianSource(
            seed,
            store.DIn,
            string.Join(", ", store.Paths.Select(path => Path.GetFileName(path))),
            Array.ConvertAll(mean, element => (float)element),
            CorrelatedNormal.OfCovariance(covariance));
    }

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        // There are no features.
    }

    /// <inheritdoc/>
    protected override void AddBackground(ref RandomSequence random, Span<double> sum)
    {
        double[] vector = new double[sum.Length];
        if (this.normal is null)
        {
            for (int d = 0; d < vector.Length; d++)
            {
                vector[d] = random.NextNormal();
            }
        }
        else
        {
            this.normal.Draw(ref random, vector);
        }

        for (int d = 0; d < vector.Length; d++)
        {
            sum[d] += vector[d] + (this.Offset?[d] ?? 0);
        }
    }

    private static double[] Mean(ActivationStore store, RowSet rows)
    {
        double[] sums = new double[store.DIn];
        Visit(store, rows, vector =>
        {
            for (int d = 0; d < sums.Length; d++)
            {
                sums[d] += vector[d];
            }
        });
        return Array.ConvertAll(sums, sum => sum / rows.Count);
    }

    private static Matrix<double> Covariance(ActivationStore store, RowSet rows, double[] mean)
    {
        int dIn = store.DIn;
        double[] products = new double[(long)dIn * dIn];
        double[] centered = new double[dIn];
        Visit(store, rows, vector =>
        {
            for (int d = 0; d < dIn; d++)
            {
                centered[d] = vector[d] - mean[d];
            }

            for (int row = 0; row < dIn; row++)
            {
                Span<double> line = products.AsSpan(row * dIn, row + 1);
                double factor = centered[row];
                for (int column = 0; column < line.Length; column++)
                {
                    line[column] += factor * centered[column];
                }
            }
        });
        return Matrix<double>.Build.Dense(
            dIn,
            dIn,
            (row, column) => products[(Math.Max(row, column) * dIn) + Math.Min(row, column)] / (rows.Count - 1));
    }

    private static void Visit(ActivationStore store, RowSet rows, Action<float[]> visit)
    {
        const int RowsAtOnce = 256;
        float[] part = new float[RowsAtOnce * store.DIn];
        float[] vector = new float[store.DIn];
        for (long first = 0; first < rows.Count; first += RowsAtOnce)
        {
            int count = (int)Math.Min(RowsAtOnce, rows.Count - first);
            rows.Read(store, first, part.AsSpan(0, count * store.DIn));
            for (int row = 0; row < count; row++)
            {
                part.AsSpan(row * store.DIn, store.DIn).CopyTo(vector);
                visit(vector);
            }
        }
    }
}
