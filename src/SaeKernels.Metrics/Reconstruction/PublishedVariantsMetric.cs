namespace SaeKernels.Metrics;

/// <summary>Gathers <see cref="PublishedVariants"/>, batch after batch.</summary>
/// <remarks>
/// Memory is two blocks of vectors. Cutting the data into other batches changes nothing. Parts can be merged where the
/// first of the two ends with a whole block, because means of blocks are part of the definitions.
/// </remarks>
public sealed class PublishedVariantsMetric
{
    /// <summary>The vectors that take the place of a library's batch.</summary>
    public const int Block = 2048;

    private readonly float[] activations;
    private readonly float[] reconstruction;
    private readonly VariantSums sums;
    private int filled;

    /// <summary>Begins with nothing seen.</summary>
    /// <param name="dIn">The width of the vectors; at least 1.</param>
    public PublishedVariantsMetric(int dIn)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dIn, 1);
        this.DIn = dIn;
        this.activations = new float[Block * dIn];
        this.reconstruction = new float[Block * dIn];
        this.sums = new VariantSums();
    }

    /// <summary>The width of the vectors.</summary>
    public int DIn { get; }

    /// <summary>Adds a batch.</summary>
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
            int part = Math.Min(rows - done, Block - this.filled);
            Range from = (done * this.DIn)..((done + part) * this.DIn);
            activations[from].CopyTo(this.activations.AsSpan(this.filled * this.DIn));
            reconstruction[from].CopyTo(this.reconstruction.AsSpan(this.filled * this.DIn));
            done += part;
            this.filled += part;
            if (this.filled == Block)
            {
                AddFilledTo(this.sums);
                this.filled = 0;
            }
        }
    }

    /// <summary>Adds what a metric has seen of the vectors that follow.</summary>
    /// <param name="next">The other metric; not changed.</param>
    /// <exception cref="ArgumentException">The width is another, or this one ends inside a block.</exception>
    public void Merge(PublishedVariantsMetric next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (next.DIn != this.DIn || this.filled != 0)
        {
            throw new ArgumentException(
                $"PublishedVariantsMetric: DIn must be {this.DIn} on both sides and this side end with a whole block "
                + $"of {Block} vectors, but the other DIn is {next.DIn} and {this.filled} vectors are over. "
                + "Cut the data at multiples of the block.");
        }

        this.sums.Add(next.sums);
        next.activations.CopyTo(this.activations, 0);
        next.reconstruction.CopyTo(this.reconstruction, 0);
        this.filled = next.filled;
    }

    /// <summary>Returns the figures over everything seen so far, the vectors of a last, smaller block too.</summary>
    public PublishedVariants Read()
    {
        VariantSums all = new();
        all.Add(this.sums);
        AddFilledTo(all);
        return all.Read(this.DIn);
    }

    private void AddFilledTo(VariantSums target)
    {
        int length = this.filled * this.DIn;
        target.AddBlock(this.activations.AsSpan(0, length), this.reconstruction.AsSpan(0, length), this.DIn);
    }
}
