namespace SaeKernels.Cpu;

/// <summary>W_enc as 8-bit integers in panels of a tile's latents, with what the bound needs of each.</summary>
/// <remarks>A latent without a bound has zero weights and an infinite <see cref="BiasErrors"/>.</remarks>
internal unsafe struct Int8Panels : IChunkBody
{
    // Biases beyond could overflow beside the products.
    private const float MostBias = 1L << 60;

    // Beyond all pre-activations of at most 65,536 products of 2⁴⁰ by 2⁴⁰ and a bias.
    private const float MostThreshold = MostBias * MostBias;

    // Panels of a chunk lie side by side, so that rows which come next are known and can be fetched.
    private const int ChunksPerThread = 8;
    private const int RowsAhead = 4;
    private readonly float* wEnc;
    private readonly float* bEnc;
    private readonly float* thresholds;
    private readonly sbyte* weights;
    private readonly sbyte* staging;
    private readonly int latents;
    private readonly int dIn;
    private readonly int padded;
    private readonly float roundingShare;
    private readonly int chunks;

    private Int8Panels(CpuContext context, in EncoderInputs inputs, float* thresholds)
    {
        this.thresholds = thresholds;
        this.latents = inputs.WEnc.Rows;
        this.dIn = inputs.WEnc.Columns;
        this.wEnc = HostPointers.Of(inputs.WEnc);
        this.bEnc = HostPointers.Of(inputs.BEnc);
        this.Count = Chunks.Count(this.latents, Int8Tile.Latents);
        this.chunks = Math.Min(this.Count, ChunksPerThread * context.Team.Threads);
        this.Steps = Chunks.Count(this.dIn, Int8Tile.Depth);
        this.padded = Quantization.Padded(this.dIn);
        this.roundingShare = ScreenBound.RoundingShare(this.dIn);
        long lanes = (long)this.Count * Int8Tile.Latents;
        this.weights = context.Scratch.Take<sbyte>(lanes * this.Steps * Int8Tile.Depth);
        this.staging = context.Scratch.Take<sbyte>((long)context.Team.Threads * Int8Tile.Latents * this.padded);
        this.Starts = context.Scratch.Take<int>(lanes);
        this.Scales = context.Scratch.Take<float>(lanes);
        this.Biases = context.Scratch.Take<float>(lanes);
        this.Norms = context.Scratch.Take<float>(lanes);
        this.ErrorNorms = context.Scratch.Take<float>(lanes);
        this.BiasErrors = context.Scratch.Take<float>(lanes);
    }

    /// <summary>The number of panels.</summary>
    public int Count { get; }

    /// <summary>Steps of a tile.</summary>
    public int Steps { get; }

    /// <summary>What takes the offset of the inputs back, for each latent.</summary>
    public int* Starts { get; }

    /// <summary>What a product of integers is worth, but for the scale of the row.</summary>
    public float* Scales { get; }

    /// <summary>The biases, less the thresholds.</summary>
    public float* Biases { get; }

    /// <summary>At least ‖w‖ and the norm of its integers.</summary>
    public float* Norms { get; }

    /// <summary>At least the norm of what the integers leave out.</summary>
    public float* ErrorNorms { get; }

    /// <summary>The part of the bound that does not depend on the row.</summary>
    public float* BiasErrors { get; }

    /// <summary>Rounds a matrix, some panels a chunk.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="thresholds">Where not null, what is taken off the pre-activations of each latent.</param>
    public static Int8Panels Pack(CpuContext context, in EncoderInputs inputs, float* thresholds = null)
    {
        Int8Panels panels = new(context, inputs, thresholds);
        context.Team.For(panels.chunks, panels);
        return panels;
    }

    /// <summary>The weights of a panel.</summary>
    public readonly sbyte* Weights(int panel) =>
        this.weights + ((long)panel * Int8Tile.Latents * this.Steps * Int8Tile.Depth);

    /// <summary>A bit for each latent of a panel that exists.</summary>
    public readonly uint Existing(int panel)
    {
        int count = Math.Min(Int8Tile.Latents, this.latents - (panel * Int8Tile.Latents));
        return uint.MaxValue >> (Int8Tile.Latents - count);
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int end = Chunks.EvenStart(chunk + 1, this.chunks, this.Count);
        for (int panel = Chunks.EvenStart(chunk, this.chunks, this.Count); panel < end; panel++)
        {
            Round(panel, worker);
        }
    }

    private readonly void Round(int panel, int worker)
    {
        int first = panel * Int8Tile.Latents;
        sbyte* rows = this.staging + ((long)worker * Int8Tile.Latents * this.padded);
        for (int lane = 0; lane < Int8Tile.Latents; lane++)
        {
            int latent = first + lane;
            sbyte* integers = rows + ((long)lane * this.padded);
            if (latent < this.latents)
            {
                float* row = this.wEnc + ((long)latent * this.dIn);
                Rows.PrefetchAhead(row + ((long)RowsAhead * this.dIn), this.dIn);
                Describe(latent, Quantization.Run(row, this.dIn, integers));
            }
            else
            {
                new Span<sbyte>(integers, this.padded).Clear();
                Describe(latent, default);
            }
        }

        // Four integers make one number of 32 bits.
        Transposition.Run(
            (float*)rows,
            this.padded / Int8Tile.Depth,
            Int8Tile.Latents,
            this.Steps,
            (float*)Weights(panel),
            Int8Tile.Latents);
    }

    private readonly void Describe(int latent, Quantization quantization)
    {
        bool exists = latent < this.latents;
        float bias = exists ? this.bEnc[latent] : 0;
        // No number passes an infinite threshold; one that is far enough says so too.
        float threshold = exists && this.thresholds != null ? Math.Min(this.thresholds[latent], MostThreshold) : 0;
        bool isBounded = quantization.IsBounded && MathF.Abs(bias) <= MostBias;
        this.Starts[latent] = -Int8Tile.InputOffset * quantization.Sum;
        this.Scales[latent] = quantization.Scale;
        this.Biases[latent] = isBounded ? bias - threshold : 0;
        this.Norms[latent] = quantization.Norm * ScreenBound.RoundingFactor;
        this.ErrorNorms[latent] = quantization.ErrorNorm * ScreenBound.RoundingFactor;
        this.BiasErrors[latent] = isBounded
            ? ScreenBound.OfBias(MathF.Abs(bias) + MathF.Abs(bias - threshold), this.roundingShare)
            : float.PositiveInfinity;
    }
}
