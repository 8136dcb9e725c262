namespace SaeKernels.Cpu;

/// <summary>Batch-wide top-k by screening: 8-bit integers find what may reach a guess, float32 decides.</summary>
internal static unsafe class ScreenedBatchTopK
{
    private const int RowsPerChunk = 64;

    /// <summary>Encodes a batch; rows that cannot be screened are left to float32.</summary>
    /// <param name="context">Threads, scratch memory and counters.</param>
    /// <param name="inputs">What is encoded; all rows, all latents, without an auxiliary selection.</param>
    /// <param name="selection">Takes what reaches the guess, and maybe more.</param>
    /// <param name="k">Mean number of latents kept in a row.</param>
    /// <param name="guess">At most the smallest value that is kept; whoever guesses proves it.</param>
    public static void Run(
        CpuContext context, in EncoderInputs inputs, BatchTopKSelection selection, int k, float guess)
    {
        int rows = inputs.Input.Rows;
        ScreenRows candidates = new(context.Scratch, rows, ScreenRows.RoomFor(k, inputs.WEnc.Rows));
        Int8Panels panels = Int8Panels.Pack(context, inputs);
        ScreenBlocks blocks = new(context, inputs, panels, candidates, ScreenBlocks.All, warmShare: 0)
        {
            Floor = guess,
        };
        context.Team.For(blocks.Count, blocks);
        context.Screening.Count(candidates, rows);
        CandidateVisits<CandidateDots>.Run(
            context, inputs, candidates, new CandidateDots(context, inputs, panels, candidates));
        Dropping dropping = new() { Candidates = candidates, Guess = guess, Rows = rows };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), dropping);
        CandidateVisits<CandidateChains>.Run(
            context, inputs, candidates, new CandidateChains(context, inputs, candidates));
        Ending ending = new() { Candidates = candidates, Selection = selection, Rows = rows };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), ending);
        LeftRows.Encode(context, inputs, candidates, selection);
    }

    /// <summary>Drops what the second look shows to be below the guess.</summary>
    private struct Dropping : IChunkBody
    {
        public ScreenRows Candidates;
        public float Guess;
        public int Rows;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                if (this.Candidates.Counts[row] != ScreenRows.LeftToFloat)
                {
                    this.Candidates.Drop(row, this.Guess);
                }
            }
        }
    }

    /// <summary>Hands the canonical pre-activations on.</summary>
    private struct Ending : IChunkBody
    {
        public ScreenRows Candidates;
        public BatchTopKSelection Selection;
        public int Rows;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                this.Selection.Begin(worker, slot: 0, row);
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
