using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>Screens blocks of rows: all latents pass by as integers, a row keeps what could be wanted.</summary>
internal unsafe struct ScreenBlocks : IChunkBody
{
    // Twice as many as of float32: a panel has a quarter of its bytes, but is also used for a quarter of the time.
    private const int MostRows = 16 * Int8Tile.Rows;
    private readonly Int8Panels panels;
    private readonly ScreenRows candidates;
    private readonly float* input;
    private readonly byte* packedInput;
    private readonly sbyte* staging;
    private readonly int* sums;
    private readonly int rows;
    private readonly int dIn;
    private readonly int padded;
    private readonly int k;
    private readonly int tilesPerBlock;
    private readonly float roundingShare;

    /// <summary>Cuts a batch into blocks.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="panels">The rounded encoder.</param>
    /// <param name="candidates">Receives the candidates.</param>
    /// <param name="k">Latents wanted in each row.</param>
    public ScreenBlocks(
        CpuContext context, in EncoderInputs inputs, Int8Panels panels, ScreenRows candidates, int k)
    {
        int threads = context.Team.Threads;
        this.panels = panels;
        this.candidates = candidates;
        this.input = HostPointers.Of(inputs.Input);
        this.rows = inputs.Input.Rows;
        this.dIn = inputs.Input.Columns;
        this.padded = Quantization.Padded(this.dIn);
        this.k = k;
        this.roundingShare = ScreenBound.RoundingShare(this.dIn);
        this.tilesPerBlock = EncoderBlocks.TilesPerBlock(
            Chunks.Count(this.rows, Int8Tile.Rows), threads, MostRows / Int8Tile.Rows);
        this.packedInput = context.Scratch.Take<byte>((long)threads * MostRows * panels.Steps * Int8Tile.Depth);
        this.staging = context.Scratch.Take<sbyte>((long)threads * Int8Tile.Rows * this.padded);
        this.sums = context.Scratch.Take<int>((long)threads * Int8Tile.Rows * Int8Tile.Latents);
    }

    /// <summary>The number of blocks.</summary>
    public readonly int Count => Chunks.Count(this.rows, this.tilesPerBlock * Int8Tile.Rows);

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int firstRow = chunk * this.tilesPerBlock * Int8Tile.Rows;
        int end = Math.Min(firstRow + (this.tilesPerBlock * Int8Tile.Rows), this.rows);
        long tileSize = (long)Int8Tile.Rows * this.panels.Steps * Int8Tile.Depth;
        byte* packed = this.packedInput + (worker * (MostRows / Int8Tile.Rows) * tileSize);
        int* tileSums = this.sums + ((long)worker * Int8Tile.Rows * Int8Tile.Latents);
        for (int row = firstRow; row < end; row += Int8Tile.Rows)
        {
            PackTile(row, worker, packed + ((row - firstRow) / Int8Tile.Rows * tileSize));
        }

        for (int panel = 0; panel < this.panels.Count; panel++)
        {
            for (int row = firstRow; row < end; row += Int8Tile.Rows)
            {
                Int8Tile.MultiplyAdd(
                    packed + ((row - firstRow) / Int8Tile.Rows * tileSize),
                    this.panels.Weights(panel),
                    this.panels.Steps,
                    this.panels.Starts + (panel * Int8Tile.Latents),
                    tileSums);
                Offer(panel, row, Math.Min(end, row + Int8Tile.Rows), tileSums);
            }
        }

        for (int row = firstRow; row < end; row++)
        {
            this.candidates.Tighten(row, this.k);
        }
    }

    /// <summary>Rounds the rows of a tile and interleaves them, [step][row][4].</summary>
    private readonly void PackTile(int firstRow, int worker, byte* target)
    {
        sbyte* integers = this.staging + ((long)worker * Int8Tile.Rows * this.padded);
        int present = Math.Min(Int8Tile.Rows, this.rows - firstRow);
        new Span<sbyte>(integers, Int8Tile.Rows * this.padded).Clear();
        for (int row = 0; row < present; row++)
        {
            float* vector = this.input + ((long)(firstRow + row) * this.dIn);
            Quantization quantization = Quantization.Run(vector, this.dIn, integers + ((long)row * this.padded));
            this.candidates.Begin(firstRow + row, quantization, this.roundingShare, float.NegativeInfinity);
        }

        Vector512<byte> offset = Vector512.Create((byte)Int8Tile.InputOffset);
        for (int i = 0; i < Int8Tile.Rows * this.padded; i += Vector512<byte>.Count)
        {
            (Vector512.Load((byte*)integers + i) ^ offset).Store((byte*)integers + i);
        }

        Transposition.Run(
            (float*)integers,
            this.padded / Int8Tile.Depth,
            Int8Tile.Rows,
            this.panels.Steps,
            (float*)target,
            Int8Tile.Rows);
    }

    private readonly void Offer(int panel, int firstRow, int endRow, int* tileSums)
    {
        uint existing = this.panels.Existing(panel);
        int firstLatent = panel * Int8Tile.Latents;
        int width = Vector512<int>.Count;
        for (int row = firstRow; row < endRow; row++, tileSums += Int8Tile.Latents)
        {
            Bounds low = Bound(row, firstLatent, tileSums);
            Bounds high = Bound(row, firstLatent + width, tileSums + width);
            Vector512<float> limit = Vector512.Create(this.candidates.Limits[row]);
            uint below = (uint)Vector512.LessThan(low.Upper, limit).ExtractMostSignificantBits()
                | ((uint)Vector512.LessThan(high.Upper, limit).ExtractMostSignificantBits() << width);
            uint accepted = ~below & existing;
            if (accepted != 0 && this.candidates.Counts[row] >= 0)
            {
                Append(row, low, accepted & 0xFFFF, firstLatent);
                Append(row, high, accepted >> width, firstLatent + width);
                if (this.candidates.IsFull(row))
                {
                    this.candidates.Tighten(row, this.k);
                }
            }
        }
    }

    /// <summary>Where the pre-activations of 16 latents lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly Bounds Bound(int row, int latent, int* products)
    {
        Vector512<float> scale =
            Vector512.Load(this.panels.Scales + latent) * Vector512.Create(this.candidates.Scales[row]);
        Vector512<float> value = Avx512F.FusedMultiplyAdd(
            Vector512.ConvertToSingle(Vector512.Load(products)), scale, Vector512.Load(this.panels.Biases + latent));
        Vector512<float> error = Avx512F.FusedMultiplyAdd(
            Vector512.Create(this.candidates.Norms[row]),
            Vector512.Load(this.panels.ErrorNorms + latent),
            Vector512.Load(this.panels.BiasErrors + latent));
        error = Avx512F.FusedMultiplyAdd(
            Vector512.Create(this.candidates.ErrorNorms[row]), Vector512.Load(this.panels.Norms + latent), error);
        return new Bounds(value - error, value + error);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Append(int row, Bounds bounds, uint accepted, int firstLatent)
    {
        const int MagnitudeBits = 0x7FFFFFFF;
        long end = (row * this.candidates.Stride) + this.candidates.Counts[row];
        Vector512<int> laneBits = Vector512.Create(
            1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7,
            1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
        Vector512<int> mask = ~Vector512.Equals(Vector512.Create((int)accepted) & laneBits, Vector512<int>.Zero);
        Vector512<int> bits = (bounds.Lower + Vector512<float>.Zero).AsInt32();
        Vector512<int> key = bits ^ ((bits >> 31) & Vector512.Create(MagnitudeBits));
        Vector512<int> latents = Vector512.Create(firstLatent) + Vector512<int>.Indices;
        Avx512F.Compress(Vector512<int>.Zero, mask, key).Store(this.candidates.Lowers + end);
        Avx512F.Compress(Vector512<float>.Zero, mask.AsSingle(), bounds.Upper).Store(this.candidates.Uppers + end);
        Avx512F.Compress(Vector512<int>.Zero, mask, latents).Store(this.candidates.Latents + end);
        this.candidates.Counts[row] += BitOperations.PopCount(accepted);
    }

    private readonly record struct Bounds(Vector512<float> Lower, Vector512<float> Upper);
}
