using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   LatentGradients, then AdamUpdate on W_enc[j], b_enc[j] and W_dec[j], then NormalizeRows on W_dec[j], then
///            WeightedSum on the averages of all three where there are such
/// Work       that of the four
/// Traffic    4 · entries · (DOut + DIn) + 24 · DSae · (DOut + DIn) bytes, 8 · DSae · (DOut + DIn) for averages → bound
///            by memory
/// Launch     chunks of DSae / 256 latents, in 32s, over the team; one visit a latent; 32 rows are averaged, and of
///            W_enc rounded for the screen, as soon as they are written
/// Shared     DIn + DOut numbers of scratch a thread, DIn a chunk        Barriers  one, before EncoderPath
/// Order      as LatentGradients; deterministic
/// Error      those of the four; the gradient is rounded to float32 before the step
/// Source     Gao et al. 2024, §2.3; Kingma and Ba, ICLR 2015
/// </summary>
internal static unsafe class UpdateLatents
{
    public static void Run(CpuContext context, in UpdateLatentsArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        LatentGradientInputs inputs = EntryWay.Decided(arguments.Inputs);
        RealMatrix encoder = new(arguments.WEnc.Values, inputs.Latents, inputs.Input.Columns);
        RealMatrix decoder = new(arguments.WDec.Values, inputs.Latents, inputs.Residuals.Columns);
        float* rows = HostPointers.Of(encoder);
        float* directions = HostPointers.Of(decoder);
        if (inputs.List is not null && inputs.Gate is null)
        {
            Run(context, arguments, new LatentVisit(context, inputs, rows, directions));
        }
        else if (inputs.List is not null)
        {
            Run(context, arguments, new GatedVisit(context, inputs, rows, directions));
        }
        else if (Vector512.IsHardwareAccelerated)
        {
            RunBlocks<Tile512>(context, arguments, inputs, encoder, decoder);
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            RunBlocks<Tile256>(context, arguments, inputs, encoder, decoder);
        }
        else
        {
            RunBlocks<Tile128>(context, arguments, inputs, encoder, decoder);
        }
    }

    private static void RunBlocks<TTile>(
        CpuContext context,
        in UpdateLatentsArguments arguments,
        in LatentGradientInputs inputs,
        RealMatrix encoder,
        RealMatrix decoder)
        where TTile : struct, ITile
    {
        if (inputs.Gate is null)
        {
            Run(context, arguments, new ReluVisit<TTile>(context, inputs, encoder, decoder));
        }
        else
        {
            Run(context, arguments, new GatedBlocks<TTile>(context, inputs, encoder, decoder));
        }
    }

    private static void Run<TVisit>(CpuContext context, in UpdateLatentsArguments arguments, TVisit visit)
        where TVisit : unmanaged, ILatentVisit
    {
        LatentGradientInputs inputs = arguments.Inputs;
        int latents = inputs.Latents;
        int size = visit.LatentsPerChunk;
        int chunks = Chunks.Count(latents, size);
        EncoderPath path = new(context, chunks, inputs.Input.Columns);
        RealMatrix wEnc = new(arguments.WEnc.Values, latents, inputs.Input.Columns);
        RowAverages? averages = arguments.Averages;
        Int8Weights? rounded = context.RoundedEncoder.Find(wEnc);
        Body<TVisit> body = new()
        {
            Latents = visit,
            Path = path,
            Optimizer = new OptimizerRows(arguments.Step, arguments.GradientFactor),
            BiasOptimizer = new OptimizerRows(arguments.Step with { WeightDecay = 0 }, arguments.GradientFactor),
            Averaging = averages is RowAverages given ? new SumRows(given.Decay, 1 - given.Decay) : default,
            WEnc = new Parameters(arguments.WEnc, inputs.IsTied ? null : averages?.WEnc),
            BEnc = new Parameters(arguments.BEnc, averages?.BEnc),
            WDec = new Parameters(arguments.WDec, averages?.WDec),
            Rounded = rounded ?? default,
            RowSquaredNorms = HostPointers.Of(arguments.RowSquaredNorms),
            Count = latents,
            LatentsPerChunk = size,
            DIn = inputs.Input.Columns,
            DOut = inputs.Residuals.Columns,
            Normalize = arguments.NormalizeDecoder,
            IsTied = inputs.IsTied,
        };
        context.Team.For(chunks, body);
        if (rounded is not null)
        {
            context.RoundedEncoder.MarkCurrent(wEnc);
        }

        path.Finish(HostPointers.Of(arguments.EncoderPath));
    }

    private struct Body<TVisit> : IChunkBody
        where TVisit : unmanaged, ILatentVisit
    {
        public TVisit Latents;
        public EncoderPath Path;
        public OptimizerRows Optimizer;
        public OptimizerRows BiasOptimizer;
        public SumRows Averaging;
        public Parameters WEnc;
        public Parameters BEnc;
        public Parameters WDec;
        public Int8Weights Rounded;
        public float* RowSquaredNorms;
        public int Count;
        public int LatentsPerChunk;
        public int DIn;
        public int DOut;
        public bool Normalize;
        public bool IsTied;

        public readonly void Run(int chunk, int worker)
        {
            this.Path.Clear(chunk);
            int end = Chunks.End(chunk, this.LatentsPerChunk, this.Count);
            for (int latent = chunk * this.LatentsPerChunk; latent < end; latent++)
            {
                float gradBEnc = this.Latents.Visit(
                    latent, worker, out this.RowSquaredNorms[latent], out float gradPath);
                long encoderRow = (long)latent * this.DIn;
                long decoderRow = (long)latent * this.DOut;
                this.Path.Add(chunk, gradPath, this.WEnc.Values + encoderRow);
                if (!this.IsTied)
                {
                    this.WEnc.Step(this.Optimizer, encoderRow, this.Latents.Rows.WEnc(worker), this.DIn);
                }

                this.WDec.Step(this.Optimizer, decoderRow, this.Latents.Rows.WDec(worker), this.DOut);
                this.BEnc.Step(this.BiasOptimizer, latent, &gradBEnc, 1);
                if (this.Normalize)
                {
                    NormalizeRows.Row(this.WDec.Values + decoderRow, this.DOut);
                }

                if ((latent + 1) % Int8Tile.Latents == 0 || latent + 1 == this.Count)
                {
                    EndPanel(latent / Int8Tile.Latents, worker);
                }
            }
        }

        // The rows of a panel were written just now and lie in a cache. Averages come from memory in runs of a panel,
        // which the processor fetches ahead best: so they add 22 % to the visit, row by row 26 to 30 % (768 × 24,576,
        // Zen 5, 2026-11-23).
        private readonly void EndPanel(int panel, int worker)
        {
            long first = (long)panel * Int8Tile.Latents;
            long latents = Math.Min(Int8Tile.Latents, this.Count - first);
            this.WEnc.Average(this.Averaging, first * this.DIn, latents * this.DIn);
            this.BEnc.Average(this.Averaging, first, latents);
            this.WDec.Average(this.Averaging, first * this.DOut, latents * this.DOut);
            if (this.Rounded.Count > 0)
            {
                this.Rounded.Round(panel, worker);
            }
        }
    }

    private readonly struct Parameters(AdamParameters parameters, RealBuffer? average)
    {
        private readonly float* firstMoment = HostPointers.Of(parameters.FirstMoment);
        private readonly float* secondMoment = OptimizerRows.SecondMoment(parameters.SecondMoment);
        private readonly float* average = average is null ? null : HostPointers.Of(average);

        public float* Values { get; } = HostPointers.Of(parameters.Values);

        // The rows of the next latent follow at once. A line of them is asked for with each vector: all at a time stop
        // the processor until the first have come, 26 ms instead of 20 (768 × 24,576, Zen 5, 2026-11-23).
        public void Step(in OptimizerRows optimizer, long start, float* gradient, int length) => optimizer.Apply(
            this.Values + start, this.firstMoment + start, this.secondMoment + start, gradient, length, ahead: length);

        public void Average(in SumRows averaging, long start, long length)
        {
            if (this.average is not null)
            {
                averaging.Apply(this.average + start, this.Values + start, this.average + start, length);
            }
        }
    }
}
