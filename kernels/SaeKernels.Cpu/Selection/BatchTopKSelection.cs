using System.Runtime.CompilerServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Keeps the largest positive ones of the batch; ties go to the lowest row, then the lowest latent.</summary>
/// <remarks>
/// Each thread keeps the largest that it has seen. Whatever is below the last of them is not among the largest of the
/// batch, so the threads tell each other where that is; it changes the work and not the result.
/// </remarks>
internal readonly unsafe struct BatchTopKSelection : ISelection
{
    private const int LeastSpare = 1024;
    private const int StateStride = 16;
    private readonly EntryList entries;
    private readonly int* states;
    private readonly int* sharedLimit;
    private readonly int* counts;
    private readonly int threads;
    private readonly int total;
    private readonly int room;
    private readonly long stride;

    /// <summary>Makes room for twice the entries that are kept, on each thread.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="rows">Rows of the batch; at least 1.</param>
    /// <param name="k">Mean number of latents kept in a row.</param>
    public BatchTopKSelection(CpuContext context, int rows, int k)
    {
        this.threads = context.Team.Threads;
        this.total = rows * k;
        this.room = checked(this.total + Math.Max(this.total, LeastSpare));
        this.stride = this.room + (2L * CandidateKeys.MostAppended);
        this.entries = new EntryList(context.Scratch, this.threads * this.stride);
        this.states = context.Scratch.Take<int>(this.threads * (long)StateStride);
        this.sharedLimit = context.Scratch.Take<int>(1);
        this.counts = context.Scratch.Take<int>(rows);
        Restart(guess: 0);
    }

    /// <summary>Forgets all entries.</summary>
    /// <param name="guess">What entries must reach, at least 0: a guess at the smallest that will be kept.</param>
    public void Restart(float guess)
    {
        new Span<int>(this.states, this.threads * StateStride).Clear();
        *this.sharedLimit = guess > 0 ? BitConverter.SingleToInt32Bits(MathF.BitDecrement(guess)) : 0;
    }

    /// <inheritdoc/>
    public void Begin(int worker, long slot, int row) =>
        Limit(worker) = Math.Max(Limit(worker), BitConverter.Int32BitsToSingle(Volatile.Read(ref *this.sharedLimit)));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Accept<TTile>(int worker, long slot, float* values, int firstLatent)
        where TTile : struct, ITile => TTile.NotBelow(values, Limit(worker));

    /// <inheritdoc/>
    public void Add(int worker, long slot, int row, float* values, uint accepted, int firstLatent)
    {
        ref int count = ref Count(worker);
        count += this.entries.Write((worker * this.stride) + count, row, values, accepted, firstLatent);
        if (count >= this.room)
        {
            KeepLargest(worker);
            Share(Limit(worker));
        }
    }

    /// <summary>Adds a pre-activation if it may be kept.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="row">Its row.</param>
    /// <param name="latent">Its latent.</param>
    /// <param name="value">The pre-activation.</param>
    public void Offer(int worker, int row, int latent, float value)
    {
        if (value <= Limit(worker))
        {
            return;
        }

        ref int count = ref Count(worker);
        this.entries.Set((worker * this.stride) + count++, row, latent, value);
        if (count >= this.room)
        {
            KeepLargest(worker);
            Share(Limit(worker));
        }
    }

    /// <inheritdoc/>
    public void End(long slot, int row)
    {
        // Rows are written when all are there.
    }

    /// <summary>Writes the codes and the smallest value that was kept.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="cut">Receives the smallest value; 0 where none was kept.</param>
    /// <returns>Whether as many were kept as were wanted.</returns>
    public bool Store(SparseCodes codes, int rows, float* cut)
    {
        KeepLargest(0);
        for (int worker = 1; worker < this.threads; worker++)
        {
            KeepLargest(worker);
            Move(worker);
            KeepLargest(0);
        }

        new Span<int>(this.counts, rows).Clear();
        int kept = Count(0);
        int least = CandidateKeys.NaN;
        for (int entry = 0; entry < kept; entry++)
        {
            this.counts[this.entries.Rows[entry]]++;
            least = Math.Min(least, this.entries.Keys[entry]);
        }

        *cut = kept == 0 ? 0 : least == CandidateKeys.NaN ? float.NaN : CandidateKeys.ValueOf(least);
        CodeRows.Open(codes, this.counts, rows);
        CodeRows.Place(codes, this.entries, 0, kept);
        return kept == this.total;
    }

    private ref int Count(int worker) => ref this.states[worker * StateStride];

    /// <summary>What a thread's next entry must exceed, or not be comparable with.</summary>
    private ref float Limit(int worker) => ref ((float*)this.states)[(worker * StateStride) + 1];

    private void KeepLargest(int worker)
    {
        ref int count = ref Count(worker);
        if (count <= this.total)
        {
            return;
        }

        long start = worker * this.stride;
        int* keys = this.entries.Keys + start;
        int* rows = this.entries.Rows + start;
        int* latents = this.entries.Latents + start;
        int cut = CandidateKeys.FindCut(keys, count, this.total, out int equalKept);
        EntryOrder last = EntryOrder.Find(this.entries, start, count, cut, equalKept);
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (keys[i] > cut || (keys[i] == cut && last.IsNotBefore(rows[i], latents[i])))
            {
                keys[kept] = keys[i];
                rows[kept] = rows[i];
                latents[kept++] = latents[i];
            }
        }

        count = kept;
        // One that equals the last may still come from a lower row.
        Limit(worker) = cut == CandidateKeys.NaN
            ? float.PositiveInfinity
            : MathF.BitDecrement(CandidateKeys.ValueOf(cut));
    }

    private void Share(float limit)
    {
        // Positive numbers order as their bits do.
        int bits = BitConverter.SingleToInt32Bits(limit);
        int current = Volatile.Read(ref *this.sharedLimit);
        while (bits > current)
        {
            int found = Interlocked.CompareExchange(ref *this.sharedLimit, bits, current);
            if (found == current)
            {
                return;
            }

            current = found;
        }
    }

    /// <summary>Appends the entries of a thread to those of the first.</summary>
    private void Move(int worker)
    {
        long start = worker * this.stride;
        int count = Count(worker);
        int end = Count(0);
        new Span<int>(this.entries.Keys + start, count).CopyTo(new Span<int>(this.entries.Keys + end, count));
        new Span<int>(this.entries.Latents + start, count).CopyTo(new Span<int>(this.entries.Latents + end, count));
        new Span<int>(this.entries.Rows + start, count).CopyTo(new Span<int>(this.entries.Rows + end, count));
        Count(0) = end + count;
    }
}
