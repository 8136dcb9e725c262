using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>Codes of made-up vectors, handed to collectors in any pieces.</summary>
internal sealed class CodeStream
{
    private readonly List<(int Latent, float Value)[]> rows = [];
    private readonly List<long> tokens = [];
    private readonly List<long> documents = [];
    private readonly List<long> positions = [];

    public int Rows => this.rows.Count;

    public bool HasTokens { get; init; } = true;

    public void Add(long document, long position, long token, params (int Latent, float Value)[] codes)
    {
        this.rows.Add(codes);
        this.documents.Add(document);
        this.positions.Add(position);
        this.tokens.Add(token);
    }

    /// <summary>Random codes: documents of 1 to 40 tokens, latents with densities from rare to always.</summary>
    public static CodeStream Random(ulong seed, int rows, int latents)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        CodeStream stream = new();
        long document = 0;
        long left = 0;
        long position = 0;
        for (int row = 0; row < rows; row++)
        {
            if (left == 0)
            {
                left = 1 + random.NextInt64(40);
                document++;
                position = 0;
            }

            left--;
            List<(int, float)> codes = [];
            for (int latent = 0; latent < latents; latent++)
            {
                if (random.NextDouble() < (latent + 0.5) / latents)
                {
                    // Every eighth entry is stored but not active.
                    codes.Add((latent, random.NextInt64(8) == 0 ? 0 : 1 + random.NextInt64(50)));
                }
            }

            stream.Add(document, position++, random.NextInt64(30), [.. codes]);
        }

        return stream;
    }

    /// <summary>One latent that is active on all rows with these values; every row is a document.</summary>
    public static CodeStream OfValues(IEnumerable<float> values)
    {
        CodeStream stream = new();
        foreach (float value in values)
        {
            stream.Add(stream.Rows, 0, 0, value == 0 ? [] : [(0, value)]);
        }

        return stream;
    }

    /// <summary>Hands everything over in chunks.</summary>
    public T Feed<T>(T collector, int chunk = int.MaxValue)
        where T : LatentCollector => Feed(collector, 0, this.Rows, chunk);

    /// <summary>Hands a range of rows over in chunks.</summary>
    public T Feed<T>(T collector, int first, int count, int chunk = int.MaxValue)
        where T : LatentCollector
    {
        for (int done = 0; done < count; done += Math.Min(chunk, count - done))
        {
            int part = Math.Min(chunk, count - done);
            collector.Add(BatchOf(first + done, part));
        }

        return collector;
    }

    /// <summary>Where a latent is active, document after document.</summary>
    public List<bool[]> ActivityOfDocuments(int latent) =>
    [
        .. Enumerable.Range(0, this.Rows).GroupBy(row => this.documents[row])
            .Select(document => document.Select(row =>
                this.rows[row].Any(code => code.Latent == latent && code.Value != 0)).ToArray()),
    ];

    /// <summary>The token, document and position of each row.</summary>
    public IEnumerable<(long Token, long Document, long Position)> Tokens =>
        Enumerable.Range(0, this.Rows).Select(row => (this.tokens[row], this.documents[row], this.positions[row]));

    /// <summary>A latent's activation on each row, 0 where it is silent.</summary>
    public float[] ActivationsOf(int latent) =>
        [.. this.rows.Select(codes => codes.Where(code => code.Latent == latent).Sum(code => code.Value))];

    /// <summary>The rows of a row's document that come before it.</summary>
    public LatentBatch Before(int row)
    {
        int first = this.documents.IndexOf(this.documents[row]);
        return BatchOf(first, row - first);
    }

    /// <summary>The document of a row and which window of it the row is in.</summary>
    public (long Document, long Window) WindowOf(int row, int length) =>
        (this.documents[row], this.positions[row] / length);

    /// <summary>A range of rows.</summary>
    public LatentBatch BatchOf(int first, int count)
    {
        List<int> offsets = [0];
        List<int> latents = [];
        List<float> values = [];
        for (int row = first; row < first + count; row++)
        {
            latents.AddRange(this.rows[row].Select(code => code.Latent));
            values.AddRange(this.rows[row].Select(code => code.Value));
            offsets.Add(latents.Count);
        }

        long[] none = [];
        return new LatentBatch
        {
            FirstRow = first,
            Rows = count,
            RowOffsets = offsets.ToArray(),
            Latents = latents.ToArray(),
            Values = values.ToArray(),
            TokenIds = this.HasTokens ? this.tokens.GetRange(first, count).ToArray() : none,
            DocumentIds = this.HasTokens ? this.documents.GetRange(first, count).ToArray() : none,
            Positions = this.HasTokens ? this.positions.GetRange(first, count).ToArray() : none,
        };
    }
}
