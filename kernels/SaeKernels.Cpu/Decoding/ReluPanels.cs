using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>The weights of a number of latents, packed for encoding and for decoding.</summary>
/// <typeparam name="TTile">The tile.</typeparam>
internal unsafe struct ReluPanels<TTile> : IChunkBody
    where TTile : struct, ITile
{
    // 6 MiB at a width of 512: the last-level cache holds them.
    private const int MostLatents = 1536;
    private readonly float* wEnc;
    private readonly float* bEnc;
    private readonly float* wDec;
    private readonly float* weights;
    private readonly float* biases;
    private readonly float* strips;
    private readonly int allLatents;
    private readonly int dIn;
    private readonly int dOut;

    /// <summary>Makes room for the latents that are packed at once.</summary>
    public ReluPanels(CpuContext context, in ReluResidualArguments arguments)
    {
        this.allLatents = arguments.WEnc.Rows;
        this.dIn = arguments.WEnc.Columns;
        this.dOut = arguments.WDec.Columns;
        this.wEnc = HostPointers.OfUnchanged(arguments.WEnc);
        this.bEnc = HostPointers.Of(arguments.BEnc);
        this.wDec = HostPointers.Of(arguments.WDec);
        int most = Math.Min(MostLatents, this.allLatents);
        long panels = Chunks.Count(most, TTile.Latents);
        this.weights = context.Scratch.Take<float>(panels * TTile.Latents * this.dIn);
        this.biases = context.Scratch.Take<float>(panels * TTile.Latents);
        this.strips = context.Scratch.Take<float>((long)Chunks.Count(this.dOut, TTile.Latents) * TTile.Latents * most);
    }

    /// <summary>The first latent.</summary>
    public int First { get; private set; }

    /// <summary>The number of latents; 0 after the last ones.</summary>
    public int Latents { get; private set; }

    /// <summary>Their rows of the decoder.</summary>
    public ColumnStrips<TTile> Decoder { get; private set; }

    /// <summary>Packs the latents that follow those packed before, over them; false where there are no more.</summary>
    public bool PackNext(CpuContext context)
    {
        this.First += this.Latents;
        this.Latents = Math.Min(MostLatents, this.allLatents - this.First);
        if (this.Latents == 0)
        {
            return false;
        }

        context.Team.For(Chunks.Count(this.Latents, TTile.Latents), this);
        this.Decoder = ColumnStrips<TTile>.Pack(
            context, this.wDec + ((long)this.First * this.dOut), this.Latents, this.dOut, this.strips);
        return true;
    }

    /// <summary>The panel that begins with a latent, counted from the first one, [DIn][TTile.Latents].</summary>
    public readonly float* Weights(int latent) => this.weights + ((long)latent * this.dIn);

    /// <summary>Its biases, [TTile.Latents].</summary>
    public readonly float* Biases(int latent) => this.biases + latent;

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int latent = chunk * TTile.Latents;
        int present = Math.Min(TTile.Latents, this.Latents - latent);
        long first = this.First + latent;
        LatentPanels.PackBiases<TTile>(this.bEnc + first, present, Biases(latent));
        LatentPanels.Pack<TTile>(this.wEnc + (first * this.dIn), present, this.dIn, Weights(latent));
    }
}
