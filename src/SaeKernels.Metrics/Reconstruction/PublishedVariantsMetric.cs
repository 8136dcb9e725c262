namespace SaeKernels.Metrics;

/// <summary>Gathers <see cref="PublishedVariants"/>, batch after batch.</summary>
/// <remarks>
/// A block is <see cref="Block"/> vectors from a multiple of it on: means of blocks are part of the definitions.
/// Cutting the data into other batches changes nothing. Parts of the data are merged in any order, wherever they were
/// cut: the vectors of a block that a part begins or ends in are kept until the others come. Memory is two blocks of
/// vectors, and two more for each gap between parts.
/// </remarks>
public sealed class PublishedVariantsMetric
{
    /// <summary>The vectors that take the place of a library's batch.</summary>
    public const int Block = 2048;

    private readonly SortedDictionary<long, OpenBlock> open = [];
    private readonly VariantSums sums = new();
    private OpenBlock? spare;
    private long next;

    /// <summary>Begins with nothing seen.</summary>
    /// <param name="dIn">The width of the vectors; at least 1.</param>
    /// <param name="firstRow">The number of the first vector in the whole data, from 0 on; default 0.</param>
    public PublishedVariantsMetric(int dIn, long firstRow = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dIn, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        this.DIn = dIn;
        this.next = firstRow;
    }

    /// <summary>The width of the vectors.</summary>
    public int DIn { get; }

    /// <summary>Adds the vectors that follow.</summary>
    /// <param name="activations">The vectors x, row after row.</param>
    /// <param name="reconstruction">Their reconstructions x̂, as many.</param>
    /// <exception cref="ArgumentException">The spans do not hold whole vectors, or not as many.</exception>
    public void Add(ReadOnlySpan<float> activations, ReadOnlySpan<float> reconstruction)
    {
        if (activations.Length % this.DIn != 0 || reconstruction.Length != activations.Length)
        {
            throw new ArgumentException(
                $"PublishedVariantsMetric: both spans must hold whole vectors of {this.DIn} numbers and be equally "
                + $"long, but hold {activations.Length} and {reconstruction.Length}. Pass a whole batch.");
        }

        int rows = activations.Length / this.DIn;
        for (int done = 0; done < rows;)
        {
            int first = (int)(this.next % Block);
            int part = Math.Min(rows - done, Block - first);
            Range from = (done * this.DIn)..((done + part) * this.DIn);
            Fill(this.next / Block, first, activations[from], reconstruction[from]);
            done += part;
            this.next += part;
        }
    }

    /// <summary>Adds what a metric has seen of other vectors.</summary>
    /// <param name="other">The other metric; not changed.</param>
    /// <exception cref="ArgumentException">The width is another, or both have seen the same vector.</exception>
    public void Merge(PublishedVariantsMetric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        bool isShared = other.open.Any(
            pair => this.open.TryGetValue(pair.Key, out OpenBlock? own) && own.Overlaps(pair.Value));
        if (other.DIn != this.DIn || isShared)
        {
            throw new ArgumentException(
                $"PublishedVariantsMetric: both sides must have vectors of {this.DIn} numbers and none in common, but "
                + (isShared ? "have some" : $"the other side has {other.DIn} numbers")
                + ". Give each part the number of its first vector, and merge it once.");
        }

        this.sums.Add(other.sums);
        foreach ((long block, OpenBlock part) in other.open)
        {
            foreach ((int first, int rows) in part.Runs())
            {
                Range range = (first * this.DIn)..((first + rows) * this.DIn);
                Fill(block, first, part.Activations.AsSpan()[range], part.Reconstruction.AsSpan()[range]);
            }
        }

        this.next = Math.Max(this.next, other.next);
    }

    /// <summary>Returns the figures over everything seen so far, the vectors of blocks that are not full too.</summary>
    public PublishedVariants Read()
    {
        VariantSums all = new();
        all.Add(this.sums);
        foreach (OpenBlock block in this.open.Values)
        {
            block.AddTo(all);
        }

        return all.Read(this.DIn);
    }

    private void Fill(long block, int first, ReadOnlySpan<float> activations, ReadOnlySpan<float> reconstruction)
    {
        if (!this.open.TryGetValue(block, out OpenBlock? target))
        {
            target = this.spare ?? new OpenBlock(this.DIn);
            this.spare = null;
            this.open.Add(block, target);
        }

        target.Fill(first, activations, reconstruction);
        if (target.Rows == Block)
        {
            target.AddTo(this.sums);
            target.Clear();
            this.spare = target;
            _ = this.open.Remove(block);
        }
    }

    /// <summary>A block of which vectors are missing.</summary>
    private sealed class OpenBlock(int dIn)
    {
        private readonly bool[] isFilled = new bool[Block];

        public float[] Activations { get; } = new float[Block * dIn];

        public float[] Reconstruction { get; } = new float[Block * dIn];

        public int Rows { get; private set; }

        public void Fill(int first, ReadOnlySpan<float> activations, ReadOnlySpan<float> reconstruction)
        {
            int rows = activations.Length / dIn;
            activations.CopyTo(this.Activations.AsSpan(first * dIn));
            reconstruction.CopyTo(this.Reconstruction.AsSpan(first * dIn));
            this.isFilled.AsSpan(first, rows).Fill(true);
            this.Rows += rows;
        }

        public bool Overlaps(OpenBlock other) => this.isFilled.Zip(other.isFilled).Any(row => row.First && row.Second);

        public void Clear()
        {
            Array.Clear(this.isFilled);
            this.Rows = 0;
        }

        /// <summary>Where vectors stand without a gap: the first one, and how many.</summary>
        public IEnumerable<(int First, int Rows)> Runs()
        {
            for (int first = Array.IndexOf(this.isFilled, true); first >= 0;)
            {
                int end = Array.IndexOf(this.isFilled, false, first);
                end = end < 0 ? Block : end;
                yield return (first, end - first);
                first = end < Block ? Array.IndexOf(this.isFilled, true, end) : -1;
            }
        }

        /// <summary>Adds the vectors that are there as one block.</summary>
        public void AddTo(VariantSums sums)
        {
            Range[] ranges = [.. Runs().Select(run => RangeOf(run.First, run.Rows))];
            if (ranges.Length == 1)
            {
                sums.AddBlock(this.Activations.AsSpan()[ranges[0]], this.Reconstruction.AsSpan()[ranges[0]], dIn);
                return;
            }

            float[] activations = [.. ranges.SelectMany(range => this.Activations[range])];
            float[] reconstruction = [.. ranges.SelectMany(range => this.Reconstruction[range])];
            sums.AddBlock(activations, reconstruction, dIn);
        }

        private Range RangeOf(int first, int rows) => (first * dIn)..((first + rows) * dIn);
    }
}
