namespace SaeKernels.Cpu;

/// <summary>
/// For each row of a block the largest pre-activations seen so far, in a list of a few times K entries.
/// </summary>
/// <remarks>
/// Latents are offered in ascending order. When a row's list is full the K best are kept, in the order of their
/// latents, and the K-th best becomes the threshold that later ones must exceed; so ties go to the lowest latent.
/// </remarks>
internal unsafe struct Candidates
{
    // Fewer fill up so often that sorting them out costs more than it rejects (K = 16 and 32, DSae = 1024, 2026-11-22).
    private const int LeastSpare = 96;
    private readonly int* keys;
    private readonly int* latents;
    private readonly int* counts;
    private readonly float* thresholds;
    private readonly int k;
    private readonly int room;
    private readonly long stride;

    /// <summary>Makes room for rows.</summary>
    /// <param name="scratch">Where memory comes from.</param>
    /// <param name="rows">Rows of all threads together.</param>
    /// <param name="k">Latents kept in each row; at least 1.</param>
    public Candidates(ScratchMemory scratch, long rows, int k)
    {
        this.k = k;
        this.room = k + Math.Max(k, LeastSpare);
        this.stride = this.room + CandidateKeys.MostAppended;
        this.keys = scratch.Take<int>(rows * this.stride);
        this.latents = scratch.Take<int>(rows * this.stride);
        this.counts = scratch.Take<int>(rows);
        this.thresholds = scratch.Take<float>(rows);
    }

    /// <summary>Writes the K best of a list by ascending latent, clipped at 0.</summary>
    /// <param name="keys">The keys of the list.</param>
    /// <param name="latents">Its latents, ascending.</param>
    /// <param name="count">Its length; at least <paramref name="k"/>.</param>
    /// <param name="k">How many are written.</param>
    /// <param name="indices">Receives K latents.</param>
    /// <param name="values">Receives K activations.</param>
    public static void Store(int* keys, int* latents, int count, int k, int* indices, float* values)
    {
        if (count > k)
        {
            CandidateKeys.Keep(keys, latents, count, k);
        }

        for (int i = 0; i < k; i++)
        {
            indices[i] = latents[i];
            values[i] = keys[i] == CandidateKeys.NaN ? float.NaN : CandidateKeys.ValueOf(Math.Max(keys[i], 0));
        }
    }

    /// <summary>Forgets the candidates of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="threshold">What the first candidates must exceed; NaN where every number passes.</param>
    public readonly void Clear(long row, float threshold = float.NaN)
    {
        this.counts[row] = 0;
        this.thresholds[row] = threshold;
    }

    /// <summary>The number of candidates of a row.</summary>
    public readonly int Count(long row) => this.counts[row];

    /// <summary>What a row's next candidate must exceed, or not be comparable with.</summary>
    public readonly float Threshold(long row) => this.thresholds[row];

    /// <summary>Adds candidates.</summary>
    /// <param name="row">Their row.</param>
    /// <param name="values">The pre-activations of up to 32 latents.</param>
    /// <param name="accepted">A bit for each of them that is added.</param>
    /// <param name="firstLatent">The latent of the lowest bit.</param>
    public readonly void Add(long row, float* values, uint accepted, int firstLatent)
    {
        int* rowKeys = this.keys + (row * this.stride);
        int* rowLatents = this.latents + (row * this.stride);
        int count = CandidateKeys.Append(rowKeys, rowLatents, this.counts[row], values, accepted, firstLatent);
        if (count >= this.room)
        {
            int worst = CandidateKeys.Keep(rowKeys, rowLatents, count, this.k);
            this.thresholds[row] = worst == CandidateKeys.NaN ? float.PositiveInfinity : CandidateKeys.ValueOf(worst);
            count = this.k;
        }

        this.counts[row] = count;
    }

    /// <summary>Writes the K best of a row by ascending latent, clipped at 0.</summary>
    /// <param name="row">The row.</param>
    /// <param name="indices">Receives K latents.</param>
    /// <param name="values">Receives K activations.</param>
    public readonly void Store(long row, int* indices, float* values)
    {
        long start = row * this.stride;
        Store(this.keys + start, this.latents + start, this.counts[row], this.k, indices, values);
    }
}
