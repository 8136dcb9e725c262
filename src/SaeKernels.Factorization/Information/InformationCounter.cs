using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>Counts codes on a device, batch by batch, and reads their total information.</summary>
/// <remarks>
/// Counts are whole numbers: batches of any size, in any order, on any backend, give the same figure. So do parts that
/// were counted apart with the same edges and joined: <see cref="TotalInformation.Merge"/>.
/// </remarks>
public sealed class InformationCounter : IDisposable
{
    private const int OtherCounts = 3;
    private readonly IComputeBackend backend;
    private readonly InformationEdges edges;
    private readonly LongBuffer counts;
    private RealBuffer? staging;
    private long vectors;

    /// <summary>Begins with no vectors.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="edges">Edges and bins.</param>
    public InformationCounter(IComputeBackend backend, InformationEdges edges)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(edges);
        this.backend = backend;
        this.edges = edges;
        this.counts = backend.AllocateLong("Information.Counts", edges.Bins + OtherCounts);
    }

    /// <summary>Adds the codes of a batch that lie on the device.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="rows">The rows of the batch; at least 0.</param>
    public void Add(SparseCodes codes, int rows)
    {
        ArgumentNullException.ThrowIfNull(codes);
        int[] end = new int[1];
        codes.RowOffsets.Download(end, rows);
        Count(codes.Values, end[0], this.edges.CodeLow, this.edges.CodeHigh, this.counts);
        this.vectors += rows;
    }

    /// <summary>Adds codes that lie on the host.</summary>
    /// <param name="codes">The codes.</param>
    public void Add(SparseRows codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Count(Stage(codes.Values), codes.Values.Length, this.edges.CodeLow, this.edges.CodeHigh, this.counts);
        this.vectors += codes.Rows;
    }

    /// <summary>Reads the figure of all codes so far with a dictionary on the device.</summary>
    /// <param name="dictionary">The dictionary [DSae, DIn].</param>
    /// <exception cref="ArgumentException">
    /// There are more entries than the codes can have, or 0 is not between their edges.
    /// </exception>
    public TotalInformation Read(RealMatrix dictionary)
    {
        (float low, float high) = (this.edges.DictionaryLow, this.edges.DictionaryHigh);
        using LongBuffer entries =
            this.backend.AllocateLong("Information.Dictionary", this.edges.Bins + OtherCounts);
        Count(dictionary.Buffer, (long)dictionary.Rows * dictionary.Columns, low, high, entries);
        PooledHistogram codes =
            new PooledHistogram(this.edges.CodeLow, this.edges.CodeHigh, Download(this.counts))
                .WithZerosOf(this.vectors, dictionary.Rows);
        return new TotalInformation(codes, new PooledHistogram(low, high, Download(entries)), this.vectors);
    }

    /// <summary>Reads the figure of all codes so far with a dictionary on the host.</summary>
    /// <param name="dictionary">The dictionary [DSae, DIn].</param>
    /// <exception cref="ArgumentException">
    /// There are more entries than the codes can have, or 0 is not between their edges.
    /// </exception>
    public TotalInformation Read(RowMatrix dictionary)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        return Read(new RealMatrix(Stage(dictionary.Elements), dictionary.Rows, dictionary.Width));
    }

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
    {
        this.staging?.Dispose();
        this.counts.Dispose();
    }

    private void Count(RealBuffer values, long count, float low, float high, LongBuffer target)
    {
        AccumulateHistogramArguments arguments = new()
        {
            Values = values,
            Count = count,
            Low = low,
            High = high,
            Bins = this.edges.Bins,
            Counts = target,
        };
        this.backend.AccumulateHistogram(arguments);
    }

    private RealBuffer Stage(float[] values)
    {
        if (this.staging is null || this.staging.Length < values.Length)
        {
            this.staging?.Dispose();
            this.staging = null;
            this.staging = this.backend.AllocateReal("Information.Values", Math.Max(1, values.Length));
        }

        this.staging.Upload(values);
        return this.staging;
    }

    private static long[] Download(LongBuffer buffer)
    {
        long[] result = new long[buffer.Length];
        buffer.Download(result);
        return result;
    }
}
