using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>One vector that excites a latent.</summary>
/// <param name="Row">The number of the vector.</param>
/// <param name="Activation">The latent's activation; positive.</param>
public readonly record struct TopExample(long Row, float Activation);

/// <summary>Collects, for every latent, the vectors that excite it most.</summary>
/// <remarks>
/// Of equal activations the one of the lowest row counts as larger, so neither the order of the batches nor their sizes
/// matter. Entries that are 0 or NaN are no examples. Memory is O(active latents · count), on the host.
/// </remarks>
public sealed class TopExamples
{
    // The heap's first element is the weakest example: the lowest activation, and of equal ones the highest row.
    private readonly PriorityQueue<TopExample, (float Activation, long NegatedRow)>?[] heaps;
    private int[] offsets = [];
    private int[] indices = [];
    private float[] values = [];

    /// <summary>Makes a collection that has seen nothing.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="count">How many examples of each latent are kept; at least 1.</param>
    public TopExamples(int latents, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        this.heaps = new PriorityQueue<TopExample, (float, long)>?[latents];
        this.Count = count;
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.heaps.Length;

    /// <summary>How many examples of each latent are kept.</summary>
    public int Count { get; }

    /// <summary>Adds a batch.</summary>
    /// <param name="codes">The codes of the batch; copied from their device.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="firstRow">The number of its first vector.</param>
    /// <exception cref="ArgumentException">The codes have fewer rows.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An entry's latent is not below <see cref="Latents"/>.</exception>
    public void Add(SparseCodes codes, int rows, long firstRow)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (rows < 0 || rows > codes.MaxRows)
        {
            throw new ArgumentException(
                $"TopExamples: rows must be between 0 and the codes' MaxRows = {codes.MaxRows}, but is {rows}. "
                + "Pass the rows of the batch.");
        }

        Array.Resize(ref this.offsets, rows + 1);
        codes.RowOffsets.Download(this.offsets);
        Array.Resize(ref this.indices, this.offsets[rows]);
        Array.Resize(ref this.values, this.offsets[rows]);
        codes.Indices.Download(this.indices);
        codes.Values.Download(this.values);
        for (int row = 0; row < rows; row++)
        {
            for (int entry = this.offsets[row]; entry < this.offsets[row + 1]; entry++)
            {
                Add(this.indices[entry], new TopExample(firstRow + row, this.values[entry]));
            }
        }
    }

    /// <summary>Adds one activation.</summary>
    /// <param name="latent">The latent, 0 to <see cref="Latents"/> − 1.</param>
    /// <param name="example">The vector and the activation.</param>
    public void Add(int latent, TopExample example)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(latent);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(latent, this.Latents);
        if (!(example.Activation > 0))
        {
            return;
        }

        PriorityQueue<TopExample, (float, long)> heap = this.heaps[latent] ??= new();
        (float, long) strength = (example.Activation, -example.Row);
        if (heap.Count < this.Count)
        {
            heap.Enqueue(example, strength);
        }
        else
        {
            _ = heap.EnqueueDequeue(example, strength);
        }
    }

    /// <summary>
    /// Returns a latent's examples, the strongest first; fewer than <see cref="Count"/> where it was rarely active.
    /// </summary>
    /// <param name="latent">The latent, 0 to <see cref="Latents"/> − 1.</param>
    public IReadOnlyList<TopExample> Of(int latent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(latent);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(latent, this.Latents);
        return this.heaps[latent] is { } heap
            ? [.. heap.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)]
            : [];
    }
}
