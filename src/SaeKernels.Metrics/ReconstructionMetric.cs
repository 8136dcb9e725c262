using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Compares activations with their reconstructions, batch after batch, in constant memory.</summary>
/// <remarks>
/// Sums are float64 and go vector by vector, within a vector over 64 elements at a time, so that splitting the data
/// into other batches, or the work among threads, gives the same bits. Another order, or merging parts, gives the same
/// figures up to float64 rounding. The variance is accumulated around a running
/// mean, itself relative to the first vector: a mean far larger than the spread costs no digits.
/// Used by one thread at a time; give each thread its own and merge them.
/// </remarks>
public sealed class ReconstructionMetric
{
    // Elements that are summed together: several cache lines of each vector.
    private const int StripWidth = 64;
    private readonly double[] shift;
    private readonly double[] mean;
    private long vectors;
    private long nonZeroVectors;
    private CompensatedSum variation;
    private CompensatedSum squaredErrors;
    private CompensatedSum squaredReconstructions;
    private CompensatedSum products;
    private CompensatedSum cosines;
    private CompensatedSum lengthRatios;
    private VectorSums[] strips = [];

    /// <summary>Begins with nothing seen.</summary>
    /// <param name="dIn">The width of the vectors; at least 1.</param>
    public ReconstructionMetric(int dIn)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dIn, 1);
        this.shift = new double[dIn];
        this.mean = new double[dIn];
    }

    /// <summary>The width of the vectors.</summary>
    public int DIn => this.shift.Length;

    /// <summary>Adds a batch.</summary>
    /// <param name="activations">The vectors x [rows, DIn], row after row.</param>
    /// <param name="reconstruction">Their reconstructions x̂ [rows, DIn].</param>
    /// <param name="rows">The number of vectors; may be 0.</param>
    /// <exception cref="ArgumentException">A span does not hold rows · DIn numbers.</exception>
    public void Add(ReadOnlySpan<float> activations, ReadOnlySpan<float> reconstruction, int rows)
    {
        Begin(activations, reconstruction.Length, rows);
        for (int strip = 0; strip < this.StripCount; strip++)
        {
            SumStrip(strip, activations, reconstruction, rows);
        }

        AddVectors(rows);
    }

    /// <summary>Adds a batch as <see cref="Add"/> does, to the same bits, on several threads of the pool.</summary>
    /// <param name="activations">The vectors x [rows, DIn], row after row.</param>
    /// <param name="reconstruction">Their reconstructions x̂ [rows, DIn].</param>
    /// <param name="rows">The number of vectors; may be 0.</param>
    /// <exception cref="ArgumentException">The memory does not hold rows · DIn numbers.</exception>
    public void AddInParallel(ReadOnlyMemory<float> activations, ReadOnlyMemory<float> reconstruction, int rows)
    {
        Begin(activations.Span, reconstruction.Length, rows);
        _ = Parallel.For(
            0, this.StripCount, strip => SumStrip(strip, activations.Span, reconstruction.Span, rows));
        AddVectors(rows);
    }

    /// <summary>Adds what another metric has seen.</summary>
    /// <param name="other">The other metric; it is not changed.</param>
    /// <exception cref="ArgumentException">Its vectors have another width.</exception>
    public void Merge(ReconstructionMetric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.DIn != this.DIn)
        {
            throw new ArgumentException(
                $"ReconstructionMetric: DIn must be {this.DIn} on both sides, but the other one's is {other.DIn}. "
                + "Merge metrics of the same width.");
        }

        if (other.vectors == 0)
        {
            return;
        }

        MergeVariation(other);
        this.vectors += other.vectors;
        this.nonZeroVectors += other.nonZeroVectors;
        this.squaredErrors.Add(other.squaredErrors);
        this.squaredReconstructions.Add(other.squaredReconstructions);
        this.products.Add(other.products);
        this.cosines.Add(other.cosines);
        this.lengthRatios.Add(other.lengthRatios);
    }

    /// <summary>Returns the figures over everything seen so far.</summary>
    public ReconstructionFigures Read()
    {
        // Constant data has no variance to explain, whatever the error: NaN, not 0 or infinity.
        double total = this.variation.Value > 0 ? this.variation.Value : double.NaN;
        double fvu = this.squaredErrors.Value / total;
        return new ReconstructionFigures
        {
            Vectors = this.vectors,
            Mse = this.squaredErrors.Value / this.vectors,
            Fvu = fvu,
            Variance = this.variation.Value / this.vectors,
            ExplainedVariance = 1 - fvu,
            Cosine = this.cosines.Value / this.nonZeroVectors,
            L2Ratio = this.lengthRatios.Value / this.nonZeroVectors,
            RelativeReconstructionBias = this.squaredReconstructions.Value / this.products.Value,
        };
    }

    private int StripCount => (this.DIn + StripWidth - 1) / StripWidth;

    private void RequireLength(string member, int length, int rows)
    {
        if (rows < 0 || length != (long)rows * this.DIn)
        {
            throw new ArgumentException(
                $"ReconstructionMetric: {member} must hold rows · DIn = {rows} · {this.DIn} numbers, but holds "
                + $"{length}. "
                + "Pass whole vectors, and as many as rows says.");
        }
    }

    private void Begin(ReadOnlySpan<float> activations, int reconstructionLength, int rows)
    {
        RequireLength(nameof(activations), activations.Length, rows);
        RequireLength("reconstruction", reconstructionLength, rows);
        if (this.vectors == 0 && rows > 0)
        {
            VectorSums.Widen(activations[..this.DIn], this.shift);
        }

        if (this.strips.Length < (long)rows * this.StripCount)
        {
            this.strips = new VectorSums[rows * this.StripCount];
        }
    }

    /// <summary>Sums some elements of every vector, and takes them into their running means.</summary>
    private void SumStrip(int strip, ReadOnlySpan<float> activations, ReadOnlySpan<float> reconstruction, int rows)
    {
        int first = strip * StripWidth;
        int width = Math.Min(StripWidth, this.DIn - first);
        for (int row = 0; row < rows; row++)
        {
            int start = (row * this.DIn) + first;
            this.strips[(strip * rows) + row] = VectorSums.Of(
                activations.Slice(start, width),
                reconstruction.Slice(start, width),
                this.shift.AsSpan(first, width),
                this.mean.AsSpan(first, width),
                1.0 / (this.vectors + row + 1));
        }
    }

    private void AddVectors(int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            VectorSums sums = this.strips[row];
            for (int strip = 1; strip < this.StripCount; strip++)
            {
                sums += this.strips[(strip * rows) + row];
            }

            AddVector(sums);
        }
    }

    private void AddVector(in VectorSums sums)
    {
        this.vectors++;
        this.variation.Add(sums.Variation);
        this.squaredErrors.Add(sums.SquaredError);
        this.squaredReconstructions.Add(sums.SquaredReconstruction);
        this.products.Add(sums.Product);
        if (sums.SquaredActivation == 0)
        {
            return;
        }

        this.nonZeroVectors++;
        double length = Math.Sqrt(sums.SquaredActivation);
        double reconstructedLength = Math.Sqrt(sums.SquaredReconstruction);
        this.cosines.Add(reconstructedLength == 0 ? 0 : sums.Product / (length * reconstructedLength));
        this.lengthRatios.Add(reconstructedLength / length);
    }

    /// <summary>Joins two means and variations (Chan, Golub, LeVeque 1983).</summary>
    private void MergeVariation(ReconstructionMetric other)
    {
        if (this.vectors == 0)
        {
            other.shift.CopyTo(this.shift, 0);
            other.mean.CopyTo(this.mean, 0);
            this.variation = other.variation;
            return;
        }

        double share = other.vectors / (double)(this.vectors + other.vectors);
        CompensatedSum squaredDistance = default;
        for (int d = 0; d < this.DIn; d++)
        {
            double difference = other.shift[d] - this.shift[d] + (other.mean[d] - this.mean[d]);
            squaredDistance.Add(difference * difference);
            this.mean[d] += share * difference;
        }

        this.variation.Add(other.variation);
        this.variation.Add(squaredDistance.Value * share * this.vectors);
    }
}
