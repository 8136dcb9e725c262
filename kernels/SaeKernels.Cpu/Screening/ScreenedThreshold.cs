namespace SaeKernels.Cpu;

/// <summary>What is above its threshold, by screening: 8-bit integers find candidates, float32 decides.</summary>
internal static unsafe class ScreenedThreshold
{
    private const int RowsPerChunk = 64;

    // Where more latents are active, as of a model that has just begun to learn, float32 is as fast.
    private const int MostActive = 1024;

    /// <summary>Encodes a batch; rows that cannot be screened are left to float32.</summary>
    /// <param name="context">Threads, scratch memory and counters.</param>
    /// <param name="inputs">What is encoded; all rows, all latents, without an auxiliary selection.</param>
    /// <param name="selection">Takes what is above its threshold.</param>
    public static void Run(CpuContext context, in EncoderInputs inputs, ThresholdSelection selection)
    {
        int rows = inputs.Input.Rows;
        ScreenRows candidates = new(context.Scratch, rows, Math.Min(inputs.WEnc.Rows + 1, MostActive));
        Int8Panels panels = Int8Panels.Pack(context, inputs, selection.Thresholds);
        ScreenBlocks blocks = new(context, inputs, panels, candidates, ScreenBlocks.All, warmShare: 0);
        context.Team.For(blocks.Count, blocks);
        context.Screening.Count(candidates, rows);
        CandidateVisits<CandidateChains>.Run(
            context, inputs, candidates, new CandidateChains(context, inputs, candidates));
        Ending ending = new() { Candidates = candidates, Selection = selection, Rows = rows };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), ending);
        LeftRows.Encode(context, inputs, candidates, selection);
    }

    /// <summary>Keeps the canonical pre-activations that are above their thresholds.</summary>
    private struct Ending : IChunkBody
    {
        public ScreenRows Candidates;
        public ThresholdSelection Selection;
        public int Rows;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                long start = row * this.Candidates.Stride;
                for (int i = 0; i < this.Candidates.Counts[row]; i++)
                {
                    this.Selection.Offer(
                        worker, row, this.Candidates.Latents[start + i], this.Candidates.Uppers[start + i]);
                }
            }
        }
    }
}
