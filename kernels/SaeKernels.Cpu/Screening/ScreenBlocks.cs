using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace SaeKernels.Cpu;

/// <summary>Screens blocks of rows: all latents pass by as integers, a row keeps what could be wanted.</summary>
internal unsafe struct ScreenBlocks : IChunkBody
{
    /// <summary>As the number of latents wanted: all that reach <see cref="Floor"/>.</summary>
    public const int All = int.MaxValue;

    // Twice as many as of float32: a panel has a quarter of its bytes, but is also used for a quarter of the time.
    private const int MostRows = 16 * Int8Tile.Rows;
    private readonly Int8Panels panels;
    private readonly ScreenRows candidates;
    private readonly float* input;
    private readonly byte* packedInput;
    private readonly sbyte* staging;
    private readonly int* sums;
    private readonly int* rowLists;
    private readonly int* rowList;
    private readonly int rows;
    private readonly int dIn;
    private readonly int padded;
    private readonly int k;
    private readonly int tiles;
    private readonly float roundingShare;
    private readonly float warmShare;

    /// <summary>Cuts a batch into blocks.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="panels">The rounded encoder.</param>
    /// <param name="candidates">Receives the candidates.</param>
    /// <param name="k">Latents wanted in each row; <see cref="All"/> for all that reach <see cref="Floor"/>.</param>
    /// <param name="warmShare">
    /// A guess at the share of a row's norm that its K-th largest pre-activation has: fewer latents become candidates.
    /// Whoever guesses proves it. 0 for no guess.
    /// </param>
    public ScreenBlocks(
        CpuContext context, in EncoderInputs inputs, Int8Panels panels, ScreenRows candidates, int k, float warmShare)
    {
        int threads = context.Team.Threads;
        this.panels = panels;
        this.candidates = candidates;
        this.input = HostPointers.Of(inputs.Input);
        this.rows = inputs.RowCount;
        this.rowList = inputs.RowList;
        this.dIn = inputs.Input.Columns;
        this.padded = Quantization.Padded(this.dIn);
        this.k = k;
        this.warmShare = warmShare;
        this.roundingShare = ScreenBound.RoundingShare(this.dIn);
        this.tiles = Chunks.Count(this.rows, Int8Tile.Rows);
        this.Count = Chunks.EvenCount(this.tiles, MostRows / Int8Tile.Rows, threads);
        this.packedInput = context.Scratch.Take<byte>((long)threads * MostRows * panels.Steps * Int8Tile.Depth);
        this.staging = context.Scratch.Take<sbyte>((long)threads * Int8Tile.Rows * this.padded);
        this.rowLists = context.Scratch.Take<int>((long)threads * MostRows);
        this.sums = context.Scratch.Take<int>((long)threads * Int8Tile.Rows * Int8Tile.Latents);
    }

    /// <summary>The number of blocks.</summary>
    public int Count { get; }

    /// <summary>What must be reached where all that reach it are wanted.</summary>
    public float Floor { get; init; }

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int firstRow = Chunks.EvenStart(chunk, this.Count, this.tiles) * Int8Tile.Rows;
        int endRow = Math.Min(this.rows, Chunks.EvenStart(chunk + 1, this.Count, this.tiles) * Int8Tile.Rows);
        int count = endRow - firstRow;
        int* list = this.rowLists + (worker * MostRows);
        for (int i = 0; i < count; i++)
        {
            list[i] = this.rowList == null ? firstRow + i : this.rowList[firstRow + i];
        }

        Screen(worker, list, count);
    }

    /// <summary>Screens rows in tiles.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="list">The rows.</param>
    /// <param name="count">How many there are.</param>
    private readonly void Screen(int worker, int* list, int count)
    {
        long tileSize = (long)Int8Tile.Rows * this.panels.Steps * Int8Tile.Depth;
        byte* packed = this.packedInput + (worker * (MostRows / Int8Tile.Rows) * tileSize);
        int* tileSums = this.sums + ((long)worker * Int8Tile.Rows * Int8Tile.Latents);
        for (int i = 0; i < count; i += Int8Tile.Rows)
        {
            byte* tile = packed + (i / Int8Tile.Rows * tileSize);
            PackTile(worker, list + i, Math.Min(Int8Tile.Rows, count - i), tile);
        }

        int share = Chunks.Count(Int8Tile.Latents * this.panels.Steps, Math.Max(1, Chunks.Count(count, Int8Tile.Rows)));
        for (int panel = 0; panel < this.panels.Count; panel++)
        {
            float* next = (float*)this.panels.Weights(panel + 1);
            for (int i = 0; i < count; i += Int8Tile.Rows)
            {
                // As the float32 tiles do: each fetches its share of the panel that comes next.
                Cpu.Rows.PrefetchAhead(next + (i / Int8Tile.Rows * share), share);
                Int8Tile.MultiplyAdd(
                    packed + (i / Int8Tile.Rows * tileSize),
                    this.panels.Weights(panel),
                    this.panels.Steps,
                    this.panels.Starts + (panel * Int8Tile.Latents),
                    tileSums);
                Offer(panel, list + i, Math.Min(Int8Tile.Rows, count - i), tileSums);
            }
        }
    }

    /// <summary>Rounds the rows of a tile and interleaves them, [step][row][4].</summary>
    private readonly void PackTile(int worker, int* list, int count, byte* target)
    {
        sbyte* integers = this.staging + ((long)worker * Int8Tile.Rows * this.padded);
        new Span<sbyte>(integers, Int8Tile.Rows * this.padded).Clear();
        for (int i = 0; i < count; i++)
        {
            float* vector = this.input + ((long)list[i] * this.dIn);
            Quantization quantization = Quantization.Run(vector, this.dIn, integers + ((long)i * this.padded));
            float limit = this.k == All ? this.Floor
                : this.warmShare > 0 ? this.warmShare * quantization.Norm
                : float.NegativeInfinity;
            this.candidates.Begin(list[i], quantization, this.roundingShare, limit);
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

    [SkipLocalsInit]
    private readonly void Offer(int panel, int* list, int count, int* tileSums)
    {
        uint existing = this.panels.Existing(panel);
        int width = Vector512<int>.Count;
        int first = panel * Int8Tile.Latents;
        int second = first + width;
        V scale0 = Vector512.Load(this.panels.Scales + first), scale1 = Vector512.Load(this.panels.Scales + second);
        V bias0 = Vector512.Load(this.panels.Biases + first), bias1 = Vector512.Load(this.panels.Biases + second);
        V norm0 = Vector512.Load(this.panels.Norms + first), norm1 = Vector512.Load(this.panels.Norms + second);
        V lost0 = Vector512.Load(this.panels.ErrorNorms + first);
        V lost1 = Vector512.Load(this.panels.ErrorNorms + second);
        V rest0 = Vector512.Load(this.panels.BiasErrors + first);
        V rest1 = Vector512.Load(this.panels.BiasErrors + second);
        float* lowers = stackalloc float[Int8Tile.Rows * Int8Tile.Latents];
        float* uppers = stackalloc float[Int8Tile.Rows * Int8Tile.Latents];
        int* found = stackalloc int[Int8Tile.Rows];
        uint* accepted = stackalloc uint[Int8Tile.Rows];
        int rowsFound = 0;
        for (int i = 0; i < count; i++)
        {
            int row = list[i];
            int* products = tileSums + (i * Int8Tile.Latents);
            V scale = Vector512.Create(this.candidates.Scales[row]);
            V norm = Vector512.Create(this.candidates.Norms[row]);
            V lost = Vector512.Create(this.candidates.ErrorNorms[row]);
            V limit = Vector512.Create(this.candidates.Limits[row]);
            V value0 = Avx512F.FusedMultiplyAdd(Number(products), scale0 * scale, bias0);
            V value1 = Avx512F.FusedMultiplyAdd(Number(products + width), scale1 * scale, bias1);
            V error0 = Avx512F.FusedMultiplyAdd(lost, norm0, Avx512F.FusedMultiplyAdd(norm, lost0, rest0));
            V error1 = Avx512F.FusedMultiplyAdd(lost, norm1, Avx512F.FusedMultiplyAdd(norm, lost1, rest1));
            V upper0 = value0 + error0;
            V upper1 = value1 + error1;
            (value0 - error0).Store(lowers + (i * Int8Tile.Latents));
            (value1 - error1).Store(lowers + (i * Int8Tile.Latents) + width);
            upper0.Store(uppers + (i * Int8Tile.Latents));
            upper1.Store(uppers + (i * Int8Tile.Latents) + width);
            uint below = (uint)Vector512.LessThan(upper0, limit).ExtractMostSignificantBits()
                | ((uint)Vector512.LessThan(upper1, limit).ExtractMostSignificantBits() << width);
            accepted[rowsFound] = ~below & existing;
            found[rowsFound] = i;
            // Without a branch: whether a row has a candidate cannot be foreseen.
            rowsFound += accepted[rowsFound] != 0 ? 1 : 0;
        }

        for (int i = 0; i < rowsFound; i++)
        {
            int offset = found[i] * Int8Tile.Latents;
            Append(list[found[i]], first, lowers + offset, uppers + offset, accepted[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Number(int* sums) => Vector512.ConvertToSingle(Vector512.Load(sums));

    private readonly void Append(int row, int latent, float* lowers, float* uppers, uint accepted)
    {
        int count = this.candidates.Counts[row];
        if (count == ScreenRows.LeftToFloat)
        {
            return;
        }

        long start = row * this.candidates.Stride;
        CandidateKeys.AppendValues(this.candidates.Uppers + start, count, uppers, accepted);
        this.candidates.Counts[row] = CandidateKeys.Append(
            this.candidates.Lowers + start, this.candidates.Latents + start, count, lowers, accepted, latent);
        if (this.candidates.IsFull(row))
        {
            this.candidates.Tighten(row, this.k);
        }
    }
}
