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

    /// <summary>Appends what may be wanted of a tile to the candidates of its rows.</summary>
    [SkipLocalsInit]
    private readonly void Offer(int panel, int* list, int count, int* tileSums)
    {
        int* found = stackalloc int[Int8Tile.Rows];
        uint* accepted = stackalloc uint[Int8Tile.Rows];
        int rowsFound = Find(panel, list, count, tileSums, found, accepted);
        for (int i = 0; i < rowsFound; i++)
        {
            Append(panel * Int8Tile.Latents, list[found[i]], tileSums + (found[i] * Int8Tile.Latents), accepted[i]);
        }
    }

    /// <summary>
    /// Lists the rows of a tile in which an upper bound reaches the limit, with a bit for each latent where it does;
    /// returns their number.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly int Find(int panel, int* list, int count, int* tileSums, int* found, uint* accepted)
    {
        uint existing = this.panels.Existing(panel);
        int width = Vector512<int>.Count;
        int first = panel * Int8Tile.Latents;
        int second = first + width;
        Int8Panels latents = this.panels;
        V scale0 = Vector512.Load(latents.Scales + first), scale1 = Vector512.Load(latents.Scales + second);
        V norm0 = Vector512.Load(latents.Norms + first), norm1 = Vector512.Load(latents.Norms + second);
        V lost0 = Vector512.Load(latents.ErrorNorms + first), lost1 = Vector512.Load(latents.ErrorNorms + second);
        V start0 = Vector512.Load(latents.Biases + first) + Vector512.Load(latents.BiasErrors + first);
        V start1 = Vector512.Load(latents.Biases + second) + Vector512.Load(latents.BiasErrors + second);
        float* scales = this.candidates.Scales;
        float* norms = this.candidates.Norms;
        float* errorNorms = this.candidates.ErrorNorms;
        float* limits = this.candidates.Limits;
        int rowsFound = 0;
        for (int i = 0; i < count; i++)
        {
            int row = list[i];
            int* products = tileSums + (i * Int8Tile.Latents);
            V scale = Vector512.Create(scales[row]);
            V norm = Vector512.Create(norms[row]);
            V lost = Vector512.Create(errorNorms[row]);
            V limit = Vector512.Create(limits[row]);
            V upper0 = Avx512F.FusedMultiplyAdd(Number(products), scale0 * scale, start0);
            V upper1 = Avx512F.FusedMultiplyAdd(Number(products + width), scale1 * scale, start1);
            upper0 = Avx512F.FusedMultiplyAdd(norm, lost0, upper0);
            upper1 = Avx512F.FusedMultiplyAdd(norm, lost1, upper1);
            upper0 = Avx512F.FusedMultiplyAdd(lost, norm0, upper0);
            upper1 = Avx512F.FusedMultiplyAdd(lost, norm1, upper1);
            uint below = (uint)Vector512.LessThan(upper0, limit).ExtractMostSignificantBits()
                | ((uint)Vector512.LessThan(upper1, limit).ExtractMostSignificantBits() << width);
            accepted[rowsFound] = ~below & existing;
            found[rowsFound] = i;
            // Without a branch: whether a row has a candidate cannot be foreseen.
            rowsFound += accepted[rowsFound] != 0 ? 1 : 0;
        }

        return rowsFound;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Number(int* sums) => Vector512.ConvertToSingle(Vector512.Load(sums));

    private readonly void Append(int first, int row, int* products, uint accepted)
    {
        int count = this.candidates.Counts[row];
        if (count == ScreenRows.LeftToFloat)
        {
            return;
        }

        float scale = this.candidates.Scales[row];
        float norm = this.candidates.Norms[row];
        float lost = this.candidates.ErrorNorms[row];
        long start = row * this.candidates.Stride;
        int* lowers = this.candidates.Lowers + start;
        float* uppers = this.candidates.Uppers + start;
        int* latents = this.candidates.Latents + start;
        // One by one: most rows have a single candidate, and vectors would write to six lines for it.
        for (; accepted != 0; accepted &= accepted - 1)
        {
            int lane = BitOperations.TrailingZeroCount(accepted);
            int latent = first + lane;
            float value = MathF.FusedMultiplyAdd(
                products[lane], this.panels.Scales[latent] * scale, this.panels.Biases[latent]);
            float error = MathF.FusedMultiplyAdd(norm, this.panels.ErrorNorms[latent], this.panels.BiasErrors[latent]);
            error = MathF.FusedMultiplyAdd(lost, this.panels.Norms[latent], error);
            lowers[count] = CandidateKeys.KeyOf(value - error);
            uppers[count] = value + error;
            latents[count++] = latent;
        }

        this.candidates.Counts[row] = count;
        if (this.candidates.IsFull(row))
        {
            this.candidates.Tighten(row, this.k);
        }
    }
}
