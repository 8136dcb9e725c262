using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Top-k by screening: 8-bit integers find candidates, float32 decides.</summary>
internal static unsafe class ScreenedTopK
{
    private const int RowsPerChunk = 64;

    // Candidates have left the nearer caches since they were found: those of a row are fetched some rows before. One is
    // enough where a row is computed as well.
    private const int RowsAhead = 4;

    /// <summary>Encodes a batch; rows that cannot be screened are left to float32.</summary>
    /// <param name="context">Threads, scratch memory and counters.</param>
    /// <param name="inputs">What is encoded; all rows, all latents, without an auxiliary selection.</param>
    /// <param name="codes">Receives the rows.</param>
    /// <param name="k">Latents kept in each row.</param>
    public static void Run(CpuContext context, in EncoderInputs inputs, SparseCodes codes, int k)
    {
        int rows = inputs.Input.Rows;
        ScreenRows candidates = new(context.Scratch, rows, ScreenRows.RoomFor(k, inputs.WEnc.Rows));
        Int8Panels panels = Int8Panels.Pack(context, inputs);
        ScreenRows chosen = new(context.Scratch, rows, k);
        Choosing choosing = new()
        {
            Guess = new TopKGuess(context, inputs, context.KthShare.Of(inputs, k)),
            Candidates = candidates,
            Chosen = chosen,
            Chains = new CandidateChains(context, inputs, chosen),
            K = k,
        };
        Choose(context, inputs, panels, choosing);
        int missed = choosing.Guess.ListMissed(rows, out int* list);
        if (missed > 0)
        {
            EncoderInputs rest = inputs with { RowList = list, RowCount = missed };
            Choose(context, rest, panels, choosing with { Guess = default });
        }

        context.Screening.Count(candidates, rows, k);
        CandidateVisits<CandidateDots>.Run(
            context, inputs, candidates, new CandidateDots(context, inputs, panels, candidates));
        Ending ending = new()
        {
            Candidates = candidates,
            Chosen = chosen,
            Chains = new CandidateChains(context, inputs, candidates),
            Rows = rows,
            K = k,
            Indices = HostPointers.Of(codes.Indices),
            Values = HostPointers.Of(codes.Values),
        };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), ending);
        LeftRows.Encode(context, inputs, candidates, new TopKSelection(context, codes, k));
        context.KthShare.Learn(inputs, k, choosing.Guess.LowestShare(codes, rows, k));
    }

    private static void Choose(CpuContext context, in EncoderInputs inputs, in Int8Panels panels, Choosing choosing)
    {
        ScreenBlocks blocks = new(context, inputs, panels, choosing.Candidates, choosing.K, choosing.Guess.Share);
        context.Team.For(blocks.Count, blocks);
        choosing.RowList = inputs.RowList;
        choosing.Rows = inputs.RowCount;
        context.Team.For(Chunks.Count(inputs.RowCount, RowsPerChunk), choosing);
    }

    private static void Compute(CandidateChains chains, int worker, int row, in ScreenRows candidates)
    {
        long start = row * candidates.Stride;
        for (int i = 0; i < candidates.Counts[row]; i++)
        {
            chains.Visit(worker, row, start + i, candidates.Latents[start + i]);
        }
    }

    /// <summary>
    /// Computes what looks largest; the least of these K drops most of the others before they are looked at again.
    /// </summary>
    private struct Choosing : IChunkBody
    {
        public TopKGuess Guess;
        public ScreenRows Candidates;
        public ScreenRows Chosen;
        public CandidateChains Chains;
        public int* RowList;
        public int Rows;
        public int K;

        public readonly void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerChunk;
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int i = first; i < end; i++)
            {
                this.Candidates.Prefetch(RowAt(Math.Min(i + 1, end - 1)));
                this.Candidates.Choose(RowAt(i), this.K, this.Chosen);
                Compute(this.Chains, worker, RowAt(i), this.Chosen);
            }

            this.Chains.Finish(worker);
            for (int i = first; i < end; i++)
            {
                bool isProven = this.Candidates.DropBelow(RowAt(i), this.K, this.Chosen);
                if (this.Guess.Share > 0)
                {
                    this.Guess.Note(RowAt(i), !isProven);
                }
            }
        }

        private readonly int RowAt(int i) => this.RowList == null ? i : this.RowList[i];
    }

    /// <summary>Computes what the second look leaves, and keeps the K largest of all that is computed.</summary>
    private struct Ending : IChunkBody
    {
        public ScreenRows Candidates;
        public ScreenRows Chosen;
        public CandidateChains Chains;
        public int Rows;
        public int K;
        public int* Indices;
        public float* Values;

        public readonly void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerChunk;
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = first; row < end; row++)
            {
                this.Candidates.Prefetch(Math.Min(row + RowsAhead, end - 1));
                this.Candidates.DropBelowLimit(row);
                Compute(this.Chains, worker, row, this.Candidates);
            }

            this.Chains.Finish(worker);
            for (int row = first; row < end; row++)
            {
                if (this.Candidates.Counts[row] != ScreenRows.LeftToFloat)
                {
                    this.Candidates.Merge(row, this.Chosen);
                    Store(row);
                }
            }
        }

        private readonly void Store(int row)
        {
            long start = row * this.Candidates.Stride;
            int* keys = this.Candidates.Lowers + start;
            int* latents = this.Candidates.Latents + start;
            int count = this.Candidates.Counts[row];
            for (int i = 0; i < count; i++)
            {
                keys[i] = CandidateKeys.KeyOf(this.Candidates.Uppers[start + i]);
            }

            Cpu.Candidates.Store(
                keys, latents, count, this.K, this.Indices + ((long)row * this.K), this.Values + ((long)row * this.K));
        }
    }
}
