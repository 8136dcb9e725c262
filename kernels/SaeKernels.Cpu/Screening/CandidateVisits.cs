namespace SaeKernels.Cpu;

/// <summary>What is done with a candidate.</summary>
internal interface ICandidateVisitor
{
    /// <summary>Visits a candidate.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="row">Its row.</param>
    /// <param name="position">Where it is in the memory of <see cref="ScreenRows"/>.</param>
    /// <param name="latent">Its latent.</param>
    void Visit(int worker, int row, long position, int latent);

    /// <summary>Told when no other candidates come for now.</summary>
    /// <param name="worker">The thread.</param>
    void Finish(int worker);
}

/// <summary>Visits the candidates of all rows, a span of latents after another, so that W_enc is read once.</summary>
/// <typeparam name="TVisitor">What is done with a candidate.</typeparam>
internal unsafe struct CandidateVisits<TVisitor> : IChunkBody
    where TVisitor : unmanaged, ICandidateVisitor
{
    // Fits the third-level cache. Spans of half a second-level one made the second look a third slower: a row has less
    // than one candidate in each (512 × 16,384, Zen 5, 2026-11-23).
    private const int SpanBytes = 1 << 22;
    private const int ChunksPerThread = 4;

    // Lists of so many rows are on their way at a time, and of each so much.
    private const int RowsAhead = 8;
    private const int SearchedAhead = 32;
    private readonly ScreenRows candidates;
    private readonly TVisitor visitor;
    private readonly int* cursors;
    private readonly int rows;
    private readonly int latents;
    private readonly int latentsPerChunk;
    private readonly int latentsPerSpan;

    private CandidateVisits(CpuContext context, in EncoderInputs inputs, ScreenRows candidates, TVisitor visitor)
    {
        this.candidates = candidates;
        this.visitor = visitor;
        this.rows = inputs.Input.Rows;
        this.latents = inputs.WEnc.Rows;
        this.latentsPerSpan = Math.Max(1, SpanBytes / (sizeof(float) * inputs.WEnc.Columns));
        this.latentsPerChunk = Chunks.Count(this.latents, context.Team.Threads * ChunksPerThread);
        this.cursors = context.Scratch.Take<int>((long)context.Team.Threads * this.rows);
    }

    /// <summary>Visits all candidates.</summary>
    public static void Run(CpuContext context, in EncoderInputs inputs, ScreenRows candidates, TVisitor visitor)
    {
        CandidateVisits<TVisitor> visits = new(context, inputs, candidates, visitor);
        context.Team.For(Chunks.Count(visits.latents, visits.latentsPerChunk), visits);
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int first = chunk * this.latentsPerChunk;
        int end = Chunks.End(chunk, this.latentsPerChunk, this.latents);
        int* cursor = this.cursors + ((long)worker * this.rows);
        for (int row = 0; row < this.rows; row++)
        {
            Rows.Prefetch((float*)(this.candidates.Latents + StartAhead(row)), SearchedAhead);
            cursor[row] = First(row, first);
        }

        for (int span = first; span < end; span += this.latentsPerSpan)
        {
            int spanEnd = Math.Min(end, span + this.latentsPerSpan);
            for (int row = 0; row < this.rows; row++)
            {
                long ahead = StartAhead(row) + cursor[Math.Min(row + RowsAhead, this.rows - 1)];
                Rows.PrefetchLine(this.candidates.Latents + ahead);
                Rows.PrefetchLine(this.candidates.Uppers + ahead);
                long start = row * this.candidates.Stride;
                int count = this.candidates.Counts[row];
                int i = cursor[row];
                for (; i < count && this.candidates.Latents[start + i] < spanEnd; i++)
                {
                    this.visitor.Visit(worker, row, start + i, this.candidates.Latents[start + i]);
                }

                cursor[row] = i;
            }
        }

        this.visitor.Finish(worker);
    }

    /// <summary>Where the candidates of a row begin whose turn comes soon.</summary>
    private readonly long StartAhead(int row) => Math.Min(row + RowsAhead, this.rows - 1) * this.candidates.Stride;

    /// <summary>The first candidate of a row that is not below a latent.</summary>
    private readonly int First(int row, int latent)
    {
        int* latents = this.candidates.Latents + (row * this.candidates.Stride);
        int low = 0;
        int high = Math.Max(0, this.candidates.Counts[row]);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (latents[middle] < latent)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
