using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   dz = ⟨g, W_dec[j]⟩, ∂W_dec[j] = Σ v·g, ∂W_enc[j] = Σ dz·x̃, ∂b_enc[j] = Σ dz, and their squared norms
/// Work       entries · (4 · DOut + 2 · DIn) FLOP, and 4 · DSae · DOut for the projection
/// Traffic    4 · entries · (DOut + DIn) + 8 · DSae · (DOut + DIn) bytes → bound by memory
/// Launch     chunks of DSae / 256 latents, in 32s, over the team; four entries at a time
/// Shared     DIn + DOut numbers of scratch a thread, DIn a chunk        Barriers  one, before EncoderPath
/// Order      entries ascending; sums of a row in vector lanes; chunks ascending; deterministic
/// Error      (DOut + n + 4) · 2⁻²⁴ · Σ|term| for n entries
/// Source     Gao et al. 2024, §2.3; projection: Bricken et al. 2023, appendix
/// </summary>
internal static unsafe class LatentGradients
{
    public static void Run(CpuContext context, in LatentGradientsArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        LatentGradientInputs inputs = EntryWay.Decided(arguments.Inputs);
        float* decoder = HostPointers.Of(arguments.WDec);
        float* encoder = HostPointers.OfUnchanged(arguments.WEnc);
        if (inputs.List is not null && inputs.Gate is null)
        {
            Run(context, arguments, new LatentVisit(context, inputs, encoder, decoder));
        }
        else if (inputs.List is not null)
        {
            Run(context, arguments, new GatedVisit(context, inputs, encoder, decoder));
        }
        else if (Vector512.IsHardwareAccelerated)
        {
            RunBlocks<Tile512>(context, arguments, inputs);
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            RunBlocks<Tile256>(context, arguments, inputs);
        }
        else
        {
            RunBlocks<Tile128>(context, arguments, inputs);
        }
    }

    private static void RunBlocks<TTile>(
        CpuContext context, in LatentGradientsArguments arguments, in LatentGradientInputs inputs)
        where TTile : struct, ITile
    {
        if (inputs.Gate is null)
        {
            Run(context, arguments, new ReluVisit<TTile>(context, inputs, arguments.WEnc, arguments.WDec));
        }
        else
        {
            Run(context, arguments, new GatedBlocks<TTile>(context, inputs, arguments.WEnc, arguments.WDec));
        }
    }

    private static void Run<TVisit>(CpuContext context, in LatentGradientsArguments arguments, TVisit visit)
        where TVisit : unmanaged, ILatentVisit
    {
        int latents = arguments.WEnc.Rows;
        int size = visit.LatentsPerChunk;
        int chunks = Chunks.Count(latents, size);
        EncoderPath path = new(context, chunks, arguments.WEnc.Columns);
        Body<TVisit> body = new()
        {
            Latents = visit,
            Path = path,
            WEnc = HostPointers.OfUnchanged(arguments.WEnc),
            GradWEnc = HostPointers.Of(arguments.GradWEnc),
            IsTied = arguments.Inputs.IsTied,
            GradWDec = HostPointers.Of(arguments.GradWDec),
            GradBEnc = HostPointers.Of(arguments.GradBEnc),
            RowSquaredNorms = HostPointers.Of(arguments.RowSquaredNorms),
            Count = latents,
            LatentsPerChunk = size,
            DIn = arguments.WEnc.Columns,
            DOut = arguments.WDec.Columns,
        };
        context.Team.For(chunks, body);
        path.Finish(HostPointers.Of(arguments.EncoderPath));
    }

    private struct Body<TVisit> : IChunkBody
        where TVisit : unmanaged, ILatentVisit
    {
        public TVisit Latents;
        public EncoderPath Path;
        public float* WEnc;
        public float* GradWEnc;
        public float* GradWDec;
        public float* GradBEnc;
        public float* RowSquaredNorms;
        public int Count;
        public int LatentsPerChunk;
        public int DIn;
        public int DOut;
        public bool IsTied;

        public readonly void Run(int chunk, int worker)
        {
            this.Path.Clear(chunk);
            int end = Chunks.End(chunk, this.LatentsPerChunk, this.Count);
            for (int latent = chunk * this.LatentsPerChunk; latent < end; latent++)
            {
                float gradBEnc = this.Latents.Visit(
                    latent, worker, out this.RowSquaredNorms[latent], out float gradPath);
                this.GradBEnc[latent] = gradBEnc;
                this.Path.Add(chunk, gradPath, this.WEnc + ((long)latent * this.DIn));
                float* gradWDec = this.Latents.Rows.WDec(worker);
                Store(this.IsTied ? gradWDec : this.Latents.Rows.WEnc(worker), this.GradWEnc, latent, this.DIn);
                Store(gradWDec, this.GradWDec, latent, this.DOut);
            }
        }

        private static void Store(float* row, float* matrix, int latent, int length)
        {
            if (matrix is not null)
            {
                new Span<float>(row, length).CopyTo(new Span<float>(matrix + ((long)latent * length), length));
            }
        }
    }
}
