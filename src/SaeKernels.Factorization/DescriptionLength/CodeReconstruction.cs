using System.Runtime.InteropServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Factorization;

/// <summary>What a model makes of codes, batch after batch, handed out in pieces of any length.</summary>
internal sealed class CodeReconstruction : IDisposable
{
    private const int MostRows = 1024;
    private const int MostEntries = 1 << 24;
    private readonly Sae sae;
    private readonly CodeFeed feed;
    private readonly int rowsAtOnce;
    private readonly RealBuffer buffer;
    private readonly List<int> offsets = [];
    private readonly List<int> latents = [];
    private readonly List<float> values = [];
    private readonly float[] elements;
    private SparseCodes? codes;
    private int filled;
    private int taken;

    /// <summary>Begins at the first vector.</summary>
    /// <param name="sae">The model.</param>
    /// <param name="feed">The codes.</param>
    public CodeReconstruction(Sae sae, CodeFeed feed)
    {
        this.sae = sae;
        this.feed = feed;
        this.rowsAtOnce = Math.Clamp(MostEntries / sae.Config.DSae, 1, MostRows);
        this.elements = new float[this.rowsAtOnce * sae.Config.DOut];
        this.buffer = sae.Backend.AllocateReal("Decoded.Reconstruction", this.elements.Length);
    }

    /// <summary>Hands out the next numbers.</summary>
    /// <exception cref="InvalidDataException">The codes are not those that the tables count.</exception>
    public void Fill(Span<float> piece)
    {
        while (piece.Length > 0)
        {
            if (this.taken == this.filled)
            {
                Decode();
            }

            int count = Math.Min(piece.Length, this.filled - this.taken);
            this.elements.AsSpan(this.taken, count).CopyTo(piece);
            this.taken += count;
            piece = piece[count..];
        }
    }

    public void Dispose()
    {
        this.codes?.Dispose();
        this.buffer.Dispose();
    }

    private void Decode()
    {
        this.offsets.Clear();
        this.latents.Clear();
        this.values.Clear();
        this.offsets.Add(0);
        while (this.offsets.Count <= this.rowsAtOnce && this.feed.Next())
        {
            this.latents.AddRange(this.feed.Latents);
            this.values.AddRange(this.feed.Values);
            this.offsets.Add(this.latents.Count);
        }

        int rows = this.offsets.Count - 1;
        if (rows == 0)
        {
            this.feed.RequireNext();
        }

        if (this.codes is null || this.codes.Capacity < this.latents.Count)
        {
            this.codes?.Dispose();
            this.codes = new SparseCodes(
                this.sae.Backend, "Decoded.Codes", this.rowsAtOnce, Math.Max(1, this.latents.Count));
        }

        this.codes.RowOffsets.Upload(CollectionsMarshal.AsSpan(this.offsets));
        this.codes.Indices.Upload(CollectionsMarshal.AsSpan(this.latents));
        this.codes.Values.Upload(CollectionsMarshal.AsSpan(this.values));
        this.sae.Decode(this.codes, new RealMatrix(this.buffer, rows, this.sae.Config.DOut));
        this.filled = rows * this.sae.Config.DOut;
        this.taken = 0;
        this.buffer.Download(this.elements.AsSpan(0, this.filled));
    }
}
