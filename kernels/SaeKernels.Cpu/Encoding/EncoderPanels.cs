using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// W_enc in panels of as many latents as a tile is wide, [panel][d][latent], so that a tile reads it front to back.
/// </summary>
/// <remarks>Latents beyond DSae have zero weights; they are computed and never selected.</remarks>
/// <typeparam name="TTile">The tile.</typeparam>
internal unsafe struct EncoderPanels<TTile> : IChunkBody
    where TTile : struct, ITile
{
    // One cache line of each row at a time.
    private const int DepthPerBlock = 16;

    // Panels of a chunk lie side by side, so that the next one is known and can be fetched.
    private const int ChunksPerThread = 8;
    private readonly float* wEnc;
    private readonly float* bEnc;
    private readonly int* auxMask;
    private readonly float* weights;
    private readonly float* biases;
    private readonly uint* flags;
    private readonly int* latentList;
    private readonly int latents;
    private readonly int depth;
    private readonly int chunks;

    private EncoderPanels(CpuContext context, in EncoderInputs inputs)
    {
        this.latents = inputs.LatentCount;
        this.latentList = inputs.LatentList;
        this.depth = inputs.WEnc.Columns;
        this.Count = Chunks.Count(this.latents, TTile.Latents);
        this.chunks = Math.Min(this.Count, ChunksPerThread * context.Team.Threads);
        this.wEnc = HostPointers.OfUnchanged(inputs.WEnc);
        this.bEnc = HostPointers.Of(inputs.BEnc);
        this.auxMask = inputs.Aux is AuxSelection aux ? HostPointers.Of(aux.Mask) : null;
        // A list is a little longer or shorter in every step: room for half of the latents keeps steps from allocating.
        long room = this.latentList is null
            ? this.Count
            : Math.Max(this.Count, Chunks.Count(inputs.WEnc.Rows / 2, TTile.Latents));
        this.weights = context.Scratch.Take<float>(room * TTile.Latents * this.depth);
        this.biases = context.Scratch.Take<float>(room * TTile.Latents);
        this.flags = context.Scratch.Take<uint>(room);
    }

    /// <summary>The number of panels.</summary>
    public int Count { get; }

    /// <summary>Packs a matrix, some panels a chunk.</summary>
    public static EncoderPanels<TTile> Pack(CpuContext context, in EncoderInputs inputs)
    {
        EncoderPanels<TTile> panels = new(context, inputs);
        context.Team.For(panels.chunks, panels);
        return panels;
    }

    /// <summary>The weights of a panel, [DIn][TTile.Latents].</summary>
    public readonly float* Weights(int panel) => this.weights + ((long)panel * TTile.Latents * this.depth);

    /// <summary>The biases of a panel, [TTile.Latents].</summary>
    public readonly float* Biases(int panel) => this.biases + ((long)panel * TTile.Latents);

    /// <summary>A bit for each latent of a panel that exists.</summary>
    public readonly uint Existing(int panel) => Bits(Math.Min(TTile.Latents, this.latents - (panel * TTile.Latents)));

    /// <summary>A bit for each latent of a panel that the auxiliary selection may take.</summary>
    public readonly uint Flagged(int panel) => this.flags[panel];

    /// <summary>The number of latents that the auxiliary selection may take.</summary>
    public readonly int CountFlagged()
    {
        int count = 0;
        for (int panel = 0; panel < this.Count; panel++)
        {
            count += BitOperations.PopCount(this.flags[panel]);
        }

        return count;
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int end = Chunks.EvenStart(chunk + 1, this.chunks, this.Count);
        for (int panel = Chunks.EvenStart(chunk, this.chunks, this.Count); panel < end; panel++)
        {
            Pack(panel);
        }
    }

    private readonly void Pack(int panel)
    {
        int first = panel * TTile.Latents;
        int present = Math.Min(TTile.Latents, this.latents - first);
        float* target = Weights(panel);
        if (present < TTile.Latents)
        {
            new Span<float>(target, TTile.Latents * this.depth).Clear();
        }

        PackWeights(first, present, target);
        uint flagged = 0;
        float* bias = Biases(panel);
        for (int lane = 0; lane < TTile.Latents; lane++)
        {
            bias[lane] = lane < present ? this.bEnc[LatentAt(first + lane)] : 0;
            bool isFlagged = this.auxMask is not null && lane < present && this.auxMask[LatentAt(first + lane)] != 0;
            flagged |= isFlagged ? 1u << lane : 0;
        }

        this.flags[panel] = flagged;
    }

    private readonly int LatentAt(int latent) => this.latentList == null ? latent : this.latentList[latent];

    private readonly void PackWeights(int first, int present, float* panel)
    {
        if (this.latentList != null)
        {
            for (int lane = 0; lane < present; lane++)
            {
                float* row = this.wEnc + ((long)this.latentList[first + lane] * this.depth);
                Transposition.Run(row, this.depth, 1, this.depth, panel + lane, TTile.Latents);
            }

            return;
        }

        float* rows = this.wEnc + ((long)first * this.depth);
        for (int d = 0; d < this.depth; d += DepthPerBlock)
        {
            int count = Math.Min(DepthPerBlock, this.depth - d);
            Rows.PrefetchAhead(rows + ((long)TTile.Latents * this.depth) + (d * TTile.Latents), TTile.Latents * count);
            Transposition.Run(rows + d, this.depth, present, count, panel + (d * TTile.Latents), TTile.Latents);
        }
    }

    private static uint Bits(int count) => count == 32 ? uint.MaxValue : (1u << count) - 1;
}
