using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>One vector that excites a latent.</summary>
/// <param name="Row">The number of the vector.</param>
/// <param name="Activation">The latent's activation; positive.</param>
public readonly record struct TopExample(long Row, float Activation);

/// <summary>Collects, for every latent, the vectors that excite it most.</summary>
/// <remarks>
/// <para>Of equal activations the one of the lowest row counts as larger, so neither the order of the batches nor their
/// sizes matter. Entries that are 0 or NaN are no examples. Memory is O(active latents · count), on the host.</para>
/// <para>With a <see cref="Window"/> above 1 and positions in the data, documents are cut into windows of that many
/// tokens, and only the strongest vector of a window is an example: examples do not overlap.</para>
/// </remarks>
public sealed class TopExamples : LatentCollector
{
    private readonly List<(TopExample Example, long Window)>?[] kept;
    private int[] offsets = [];
    private int[] indices = [];
    private float[] values = [];

    /// <summary>Makes a collection that has seen nothing.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="count">How many examples of each latent are kept; at least 1.</param>
    /// <param name="window">
    /// Tokens of a document that have one example at most; at least 1, the default, which lets every vector be one.
    /// </param>
    public TopExamples(int latents, int count, int window = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, 1);
        this.kept = new List<(TopExample, long)>?[latents];
        this.Count = count;
        this.Window = window;
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.kept.Length;

    /// <summary>How many examples of each latent are kept.</summary>
    public int Count { get; }

    /// <summary>Tokens of a document that have one example at most.</summary>
    public int Window { get; }

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            long number = batch.FirstRow + row;
            // A window is named by the row at which it begins, so that no document has to be remembered.
            long window = batch.Positions.IsEmpty ? number : number - (batch.Positions[row] % this.Window);
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                Add(batch.Latents[entry], new TopExample(number, batch.Values[entry]), window);
            }
        }
    }

    /// <summary>Adds a batch; every vector is a window of its own.</summary>
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
        Add(new LatentBatch
        {
            FirstRow = firstRow,
            Rows = rows,
            RowOffsets = this.offsets,
            Latents = this.indices,
            Values = this.values,
        });
    }

    /// <summary>Adds one activation in a window of its own.</summary>
    /// <param name="latent">The latent, 0 to <see cref="Latents"/> − 1.</param>
    /// <param name="example">The vector and the activation.</param>
    public void Add(int latent, TopExample example) => Add(latent, example, example.Row);

    /// <summary>Adds the examples of other rows.</summary>
    /// <param name="other">A collection with the same numbers; not changed.</param>
    /// <exception cref="ArgumentException">Its numbers are others.</exception>
    public void Merge(TopExamples other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(TopExamples), this.Latents, other.Latents);
        if (other.Count != this.Count || other.Window != this.Window)
        {
            throw new ArgumentException(
                $"TopExamples: both sides must have count {this.Count} and window {this.Window}, but the other one has "
                + $"{other.Count} and {other.Window}. Merge parts of one pass.");
        }

        for (int latent = 0; latent < this.Latents; latent++)
        {
            other.kept[latent]?.ForEach(item => Add(latent, item.Example, item.Window));
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
        return [.. (this.kept[latent] ?? []).Select(item => item.Example)];
    }

    private void Add(int latent, TopExample example, long window)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(latent);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(latent, this.Latents);
        if (!(example.Activation > 0))
        {
            return;
        }

        // The strongest comes first. A window that was pushed out comes back only with a stronger example, so what it
        // had before is not missed.
        List<(TopExample Example, long Window)> list = this.kept[latent] ??= [];
        if (list.Count == this.Count && !IsStronger(example, list[^1].Example))
        {
            return;
        }

        int same = list.FindIndex(item => item.Window == window);
        if (same >= 0 && !IsStronger(example, list[same].Example))
        {
            return;
        }

        if (same >= 0 || list.Count == this.Count)
        {
            list.RemoveAt(same >= 0 ? same : list.Count - 1);
        }

        int place = list.FindLastIndex(item => IsStronger(item.Example, example)) + 1;
        list.Insert(place, (example, window));
    }

    private static bool IsStronger(TopExample left, TopExample right) =>
        left.Activation > right.Activation || (left.Activation == right.Activation && left.Row < right.Row);
}
