using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Top-k by screening: 8-bit integers find candidates, float32 decides.</summary>
internal static unsafe class ScreenedTopK
{
    private const int RowsPerChunk = 64;

    /// <summary>Encodes a batch; rows that cannot be screened are left to float32.</summary>
    /// <param name="context">Threads, scratch memory and counters.</param>
    /// <param name="inputs">What is encoded; all rows, all latents, without an auxiliary selection.</param>
    /// <param name="codes">Receives the rows.</param>
    /// <param name="k">Latents kept in each row.</param>
    public static void Run(CpuContext context, in EncoderInputs inputs, SparseCodes codes, int k)
    {
        int rows = inputs.Input.Rows;
        ScreenRows candidates = new(context.Scratch, rows, Room(k, inputs.WEnc.Rows));
        Int8Panels panels = Int8Panels.Pack(context, inputs);
        float warmShare = context.Screening.WarmShare(inputs, k);
        ScreenBlocks blocks = new(context, inputs, panels, candidates, k, warmShare);
        context.Team.For(blocks.Count, blocks);
        context.Screening.Count(candidates, rows);
        context.Screening.Learn(candidates, inputs, k);
        CandidateVisits<CandidateDots>.Run(context, inputs, candidates, new CandidateDots(inputs, panels, candidates));
        Narrowing narrowing = new() { Candidates = candidates, Rows = rows, K = k };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), narrowing);
        CandidateVisits<CandidateChains>.Run(
            context, inputs, candidates, new CandidateChains(context, inputs, candidates));
        Ending ending = new()
        {
            Candidates = candidates,
            Rows = rows,
            K = k,
            Indices = HostPointers.Of(codes.Indices),
            Values = HostPointers.Of(codes.Values),
        };
        context.Team.For(Chunks.Count(rows, RowsPerChunk), ending);
        LeftRows.Encode(context, inputs, candidates, new TopKSelection(context, codes, k));
    }

    // Candidates of a row on ordinary data are 2 to 20 times K; what is beyond is cheaper in float32.
    private static int Room(int k, int latents) => Math.Min(latents + 1, (4 * k) + 1024);

    /// <summary>Drops candidates that the second look excludes.</summary>
    private struct Narrowing : IChunkBody
    {
        public ScreenRows Candidates;
        public int Rows;
        public int K;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                this.Candidates.Close(row, this.K);
            }
        }
    }

    /// <summary>Keeps the K largest canonical pre-activations.</summary>
    private struct Ending : IChunkBody
    {
        public ScreenRows Candidates;
        public int Rows;
        public int K;
        public int* Indices;
        public float* Values;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                if (this.Candidates.Counts[row] != ScreenRows.LeftToFloat)
                {
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
