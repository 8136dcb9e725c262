using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>The memory of one batch of a pass, on the device and on the host.</summary>
internal sealed class BatchMemory : IDisposable
{
    private readonly Sae sae;
    private readonly VectorSource source;
    private readonly float[] inputs;
    private readonly float[] outputs;
    private readonly long[] tokenIds;
    private readonly long[] documentIds;
    private readonly long[] positions;
    private readonly int[] offsets;
    private readonly RealBuffer x;
    private readonly RealBuffer? reconstruction;
    private long rowOfTokens = -1;
    private int[] latents = [];
    private float[] values = [];

    public BatchMemory(Sae sae, VectorSource source, int rows, bool decodes)
    {
        this.sae = sae;
        this.source = source;
        this.inputs = new float[checked(rows * source.DIn)];
        this.outputs = decodes ? new float[checked(rows * sae.Config.DOut)] : [];
        this.tokenIds = source.ReadTokenIds is null ? [] : new long[rows];
        this.documentIds = source.ReadDocumentIds is null ? [] : new long[rows];
        this.positions = source.ReadPositions is null ? [] : new long[rows];
        this.offsets = new int[rows + 1];
        this.x = sae.Backend.AllocateReal("LatentPass.Activations", this.inputs.Length);
        this.reconstruction =
            decodes ? sae.Backend.AllocateReal("LatentPass.Reconstruction", this.outputs.Length) : null;
        this.Codes = sae.AllocateCodes(rows);
    }

    public SparseCodes Codes { get; }

    /// <summary>Reads vectors and encodes them, and decodes them where that is wanted.</summary>
    public void Encode(long firstRow, int rows)
    {
        Span<float> input = this.inputs.AsSpan(0, rows * this.source.DIn);
        this.source.Read(firstRow, input);
        this.x.Upload(input);
        RealMatrix x = new(this.x, rows, this.source.DIn);
        this.sae.Encode(x, this.Codes);
        if (this.reconstruction is not null)
        {
            this.sae.Decode(this.Codes, x, new RealMatrix(this.reconstruction, rows, this.sae.Config.DOut));
        }
    }

    /// <summary>Returns what was found where it lies.</summary>
    public DeviceBatch OnDevice(long firstRow, int rows) => new()
    {
        Tokens = TokensOf(firstRow, rows),
        Codes = this.Codes,
        Activations = new RealMatrix(this.x, rows, this.source.DIn),
    };

    /// <summary>Copies what was found to the host.</summary>
    public LatentBatch Download(long firstRow, int rows)
    {
        this.Codes.RowOffsets.Download(this.offsets.AsSpan(0, rows + 1));
        int entries = this.offsets[rows];
        if (this.latents.Length < entries)
        {
            this.latents = new int[entries];
            this.values = new float[entries];
        }

        this.Codes.Indices.Download(this.latents.AsSpan(0, entries));
        this.Codes.Values.Download(this.values.AsSpan(0, entries));
        int elements = rows * this.source.DIn;
        BatchTokens tokens = TokensOf(firstRow, rows);
        Span<float> output = this.outputs.AsSpan(0, Math.Min(rows * this.sae.Config.DOut, this.outputs.Length));
        this.reconstruction?.Download(output);
        return new LatentBatch
        {
            FirstRow = firstRow,
            Rows = rows,
            RowOffsets = this.offsets.AsSpan(0, rows + 1),
            Latents = this.latents.AsSpan(0, entries),
            Values = this.values.AsSpan(0, entries),
            Activations = this.inputs.AsSpan(0, elements),
            Reconstruction = output,
            TokenIds = tokens.TokenIds,
            DocumentIds = tokens.DocumentIds,
            Positions = tokens.Positions,
        };
    }

    public void Dispose()
    {
        this.Codes.Dispose();
        this.reconstruction?.Dispose();
        this.x.Dispose();
    }

    /// <summary>Reads tokens, once for counters and collectors of a batch.</summary>
    private BatchTokens TokensOf(long firstRow, int rows)
    {
        if (this.rowOfTokens != firstRow)
        {
            this.source.ReadTokenIds?.Invoke(firstRow, this.tokenIds.AsSpan(0, rows));
            this.source.ReadDocumentIds?.Invoke(firstRow, this.documentIds.AsSpan(0, rows));
            this.source.ReadPositions?.Invoke(firstRow, this.positions.AsSpan(0, rows));
            this.rowOfTokens = firstRow;
        }

        return new BatchTokens
        {
            FirstRow = firstRow,
            Rows = rows,
            TokenIds = this.tokenIds.AsSpan(0, Math.Min(rows, this.tokenIds.Length)),
            DocumentIds = this.documentIds.AsSpan(0, Math.Min(rows, this.documentIds.Length)),
            Positions = this.positions.AsSpan(0, Math.Min(rows, this.positions.Length)),
        };
    }
}
