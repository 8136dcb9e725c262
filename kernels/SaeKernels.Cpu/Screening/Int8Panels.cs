namespace SaeKernels.Cpu;

/// <summary>The rounded encoder as a batch sees it: with biases, thresholds and what the bound needs of each.</summary>
/// <remarks>A latent without a bound has an infinite <see cref="BiasErrors"/>.</remarks>
internal unsafe struct Int8Panels : IChunkBody
{
    // Biases beyond could overflow beside the products.
    private const float MostBias = 1L << 60;

    // Beyond all pre-activations of at most 65,536 products of 2⁴⁰ by 2⁴⁰ and a bias.
    private const float MostThreshold = MostBias * MostBias;
    private readonly Int8Weights weights;
    private readonly float* bEnc;
    private readonly float* thresholds;
    private readonly float roundingShare;

    private Int8Panels(CpuContext context, in EncoderInputs inputs, float* thresholds)
    {
        this.weights = context.RoundedEncoder.Of(inputs.WEnc);
        this.bEnc = HostPointers.Of(inputs.BEnc);
        this.thresholds = thresholds;
        this.roundingShare = ScreenBound.RoundingShare(this.weights.DIn);
        long lanes = (long)this.Count * Int8Tile.Latents;
        this.Starts = context.Scratch.Take<int>(lanes);
        this.Scales = context.Scratch.Take<float>(lanes);
        this.Biases = context.Scratch.Take<float>(lanes);
        this.Norms = context.Scratch.Take<float>(lanes);
        this.ErrorNorms = context.Scratch.Take<float>(lanes);
        this.BiasErrors = context.Scratch.Take<float>(lanes);
    }

    /// <summary>The number of panels.</summary>
    public readonly int Count => this.weights.Count;

    /// <summary>Steps of a tile.</summary>
    public readonly int Steps => this.weights.Steps;

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

    /// <summary>Prepares the encoder for a batch.</summary>
    /// <param name="context">Threads, scratch memory and the rounded encoder.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="thresholds">Where not null, what is taken off the pre-activations of each latent.</param>
    public static Int8Panels Pack(CpuContext context, in EncoderInputs inputs, float* thresholds = null)
    {
        Int8Panels panels = new(context, inputs, thresholds);
        context.Team.For(panels.weights.Chunks, panels);
        return panels;
    }

    /// <summary>The weights of a panel.</summary>
    public readonly sbyte* Weights(int panel) => this.weights.Of(panel);

    /// <summary>A bit for each latent of a panel that exists.</summary>
    public readonly uint Existing(int panel)
    {
        int count = Math.Min(Int8Tile.Latents, this.weights.Latents - (panel * Int8Tile.Latents));
        return uint.MaxValue >> (Int8Tile.Latents - count);
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int end = Chunks.EvenStart(chunk + 1, this.weights.Chunks, this.Count) * Int8Tile.Latents;
        for (int latent = Chunks.EvenStart(chunk, this.weights.Chunks, this.Count) * Int8Tile.Latents;
            latent < end;
            latent++)
        {
            Describe(latent, this.weights.Rows[latent]);
        }
    }

    private readonly void Describe(int latent, in Quantization quantization)
    {
        bool exists = latent < this.weights.Latents;
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
