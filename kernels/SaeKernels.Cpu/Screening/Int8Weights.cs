namespace SaeKernels.Cpu;

/// <summary>The rows of W_enc as 8-bit integers in panels of a tile's latents, with what bounds need of each.</summary>
/// <remarks>Latents beyond DSae have zero weights.</remarks>
internal readonly unsafe struct Int8Weights : IChunkBody
{
    // Panels of a chunk lie side by side, so that rows which come next are known and can be fetched.
    private const int ChunksPerThread = 8;
    private const int RowsAhead = 4;
    private readonly float* wEnc;
    private readonly sbyte* integers;
    private readonly sbyte* staging;
    private readonly int padded;

    /// <summary>Takes memory for a matrix.</summary>
    /// <param name="memory">Hands it out.</param>
    /// <param name="threads">Threads that round.</param>
    /// <param name="wEnc">The matrix [DSae, DIn].</param>
    /// <param name="latents">DSae.</param>
    /// <param name="dIn">DIn.</param>
    public Int8Weights(ScratchMemory memory, int threads, float* wEnc, int latents, int dIn)
    {
        this.wEnc = wEnc;
        this.Latents = latents;
        this.DIn = dIn;
        this.Count = Cpu.Chunks.Count(latents, Int8Tile.Latents);
        this.Chunks = Math.Min(this.Count, ChunksPerThread * threads);
        this.Steps = Cpu.Chunks.Count(dIn, Int8Tile.Depth);
        this.padded = Quantization.Padded(dIn);
        long lanes = (long)this.Count * Int8Tile.Latents;
        this.integers = memory.Take<sbyte>(lanes * this.Steps * Int8Tile.Depth);
        this.staging = memory.Take<sbyte>((long)threads * Int8Tile.Latents * this.padded);
        this.Rows = memory.Take<Quantization>(lanes);
    }

    /// <summary>DSae.</summary>
    public int Latents { get; }

    /// <summary>DIn.</summary>
    public int DIn { get; }

    /// <summary>The number of panels.</summary>
    public int Count { get; }

    /// <summary>The chunks in which all of them are rounded.</summary>
    public int Chunks { get; }

    /// <summary>Steps of a tile.</summary>
    public int Steps { get; }

    /// <summary>What rounding made of each latent's row.</summary>
    public Quantization* Rows { get; }

    /// <summary>The integers of a panel.</summary>
    public sbyte* Of(int panel) => this.integers + ((long)panel * Int8Tile.Latents * this.Steps * Int8Tile.Depth);

    /// <inheritdoc/>
    public void Run(int chunk, int worker)
    {
        int end = Cpu.Chunks.EvenStart(chunk + 1, this.Chunks, this.Count);
        for (int panel = Cpu.Chunks.EvenStart(chunk, this.Chunks, this.Count); panel < end; panel++)
        {
            Round(panel, worker);
        }
    }

    /// <summary>Rounds the rows of a panel.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="worker">The thread.</param>
    public void Round(int panel, int worker)
    {
        int first = panel * Int8Tile.Latents;
        sbyte* staged = this.staging + ((long)worker * Int8Tile.Latents * this.padded);
        for (int lane = 0; lane < Int8Tile.Latents; lane++)
        {
            int latent = first + lane;
            sbyte* target = staged + ((long)lane * this.padded);
            if (latent < this.Latents)
            {
                float* row = this.wEnc + ((long)latent * this.DIn);
                Cpu.Rows.PrefetchAhead(row + ((long)RowsAhead * this.DIn), this.DIn);
                this.Rows[latent] = Quantization.Run(row, this.DIn, target);
            }
            else
            {
                new Span<sbyte>(target, this.padded).Clear();
                this.Rows[latent] = default;
            }
        }

        // Four integers make one number of 32 bits.
        Transposition.Run(
            (float*)staged,
            this.padded / Int8Tile.Depth,
            Int8Tile.Latents,
            this.Steps,
            (float*)Of(panel),
            Int8Tile.Latents);
    }
}
