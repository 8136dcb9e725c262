namespace SaeKernels.Cpu;

/// <summary>Σⱼ ∂b_enc[j] · W_enc[j]: partial sums over fixed chunks of latents, added chunk after chunk.</summary>
internal unsafe struct EncoderPath
{
    private readonly float* partial;
    private readonly int chunks;
    private readonly int dIn;

    /// <summary>Makes room for the partial sums.</summary>
    public EncoderPath(CpuContext context, int chunks, int dIn)
    {
        this.chunks = chunks;
        this.dIn = dIn;
        this.partial = context.Scratch.Take<float>((long)chunks * dIn);
    }

    /// <summary>Sets a chunk's sum to zero.</summary>
    public readonly void Clear(int chunk) => new Span<float>(Sum(chunk), this.dIn).Clear();

    /// <summary>Adds a latent to its chunk's sum.</summary>
    public readonly void Add(int chunk, float gradBEnc, float* encoderRow)
    {
        if (gradBEnc != 0)
        {
            Rows.AddScaled(Sum(chunk), gradBEnc, encoderRow, this.dIn);
        }
    }

    /// <summary>Adds the chunks' sums up.</summary>
    /// <param name="total">Receives the sum, [DIn].</param>
    public readonly void Finish(float* total)
    {
        new Span<float>(total, this.dIn).Clear();
        for (int chunk = 0; chunk < this.chunks; chunk++)
        {
            Rows.AddScaled(total, 1, Sum(chunk), this.dIn);
        }
    }

    private readonly float* Sum(int chunk) => this.partial + ((long)chunk * this.dIn);
}
