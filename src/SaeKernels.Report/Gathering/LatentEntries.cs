using System.Runtime.InteropServices;
using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Every activation of a pass, by vector and by latent: panels are computed from all of them.</summary>
/// <remarks>16 bytes an activation, and 8 a vector for each of token, document and position.</remarks>
internal sealed class LatentEntries : LatentCollector
{
    // Keeps all offsets 32-bit and the memory below 16 GB.
    private const int Most = 1 << 30;
    private readonly int latents;
    private readonly List<int> rowOffsets = [0];
    private readonly List<long> tokenIds = [];
    private readonly List<long> documentIds = [];
    private readonly List<long> positions = [];
    private int[] rowLatents = [];
    private float[] rowValues = [];
    private int count;
    private int[] latentOffsets = [];
    private int[] rows = [];
    private float[] values = [];

    public LatentEntries(int latents)
    {
        this.latents = latents;
    }

    public int Latents => this.latents;

    public int Rows => this.rowOffsets.Count - 1;

    /// <summary>
    /// All entries by vector, with what the data says of tokens, documents and positions, as a batch that collectors
    /// can take once more.
    /// </summary>
    public LatentBatch AsBatch() => new()
    {
        FirstRow = 0,
        Rows = this.Rows,
        RowOffsets = CollectionsMarshal.AsSpan(this.rowOffsets),
        Latents = this.rowLatents.AsSpan(0, this.count),
        Values = this.rowValues.AsSpan(0, this.count),
        TokenIds = CollectionsMarshal.AsSpan(this.tokenIds),
        DocumentIds = CollectionsMarshal.AsSpan(this.documentIds),
        Positions = CollectionsMarshal.AsSpan(this.positions),
    };

    public override void Add(in LatentBatch batch)
    {
        if (batch.FirstRow != this.Rows)
        {
            throw new ArgumentException(
                $"LatentEntries: the next batch must begin at row {this.Rows}, but begins at {batch.FirstRow}. "
                + "Pass all vectors in their order.");
        }

        Reserve(batch.Values.Length);
        this.tokenIds.AddRange(batch.TokenIds);
        this.documentIds.AddRange(batch.DocumentIds);
        this.positions.AddRange(batch.Positions);
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                if (batch.Values[entry] > 0)
                {
                    this.rowLatents[this.count] = batch.Latents[entry];
                    this.rowValues[this.count++] = batch.Values[entry];
                }
            }

            this.rowOffsets.Add(this.count);
        }
    }

    /// <summary>Orders the entries by latent; called once, after the last batch.</summary>
    public void Complete()
    {
        this.latentOffsets = new int[this.latents + 1];
        foreach (int latent in this.rowLatents.AsSpan(0, this.count))
        {
            this.latentOffsets[latent + 1]++;
        }

        for (int latent = 0; latent < this.latents; latent++)
        {
            this.latentOffsets[latent + 1] += this.latentOffsets[latent];
        }

        int[] next = this.latentOffsets[..^1];
        this.rows = new int[this.count];
        this.values = new float[this.count];
        for (int row = 0; row < this.Rows; row++)
        {
            for (int entry = this.rowOffsets[row]; entry < this.rowOffsets[row + 1]; entry++)
            {
                int place = next[this.rowLatents[entry]]++;
                this.rows[place] = row;
                this.values[place] = this.rowValues[entry];
            }
        }
    }

    /// <summary>The vectors on which a latent is active, ascending.</summary>
    public ReadOnlySpan<int> RowsOf(int latent) => PartOf(this.rows, latent);

    /// <summary>Its activations on them.</summary>
    public ReadOnlySpan<float> ValuesOf(int latent) => PartOf(this.values, latent);

    /// <summary>The latents that are active on a vector, ascending.</summary>
    public ReadOnlySpan<int> LatentsAt(int row) =>
        this.rowLatents.AsSpan(this.rowOffsets[row], this.rowOffsets[row + 1] - this.rowOffsets[row]);

    /// <summary>Their activations.</summary>
    public ReadOnlySpan<float> ValuesAt(int row) =>
        this.rowValues.AsSpan(this.rowOffsets[row], this.rowOffsets[row + 1] - this.rowOffsets[row]);

    /// <summary>The activation of a latent on a vector; 0 where it is silent.</summary>
    public float ValueAt(int latent, int row)
    {
        int place = RowsOf(latent).BinarySearch(row);
        return place < 0 ? 0 : ValuesOf(latent)[place];
    }

    private ReadOnlySpan<T> PartOf<T>(T[] all, int latent) =>
        all.AsSpan(this.latentOffsets[latent], this.latentOffsets[latent + 1] - this.latentOffsets[latent]);

    private void Reserve(int more)
    {
        long wanted = (long)this.count + more;
        if (wanted > Most)
        {
            throw new ArgumentException(
                $"FeatureReport: the data must have at most {Most} activations, but vector {this.Rows} comes after "
                + $"{this.count}. Report on fewer vectors.");
        }

        if (wanted > this.rowValues.Length)
        {
            int length = (int)Math.Min(Most, Math.Max(wanted, 2L * this.rowValues.Length));
            Array.Resize(ref this.rowLatents, length);
            Array.Resize(ref this.rowValues, length);
        }
    }
}
