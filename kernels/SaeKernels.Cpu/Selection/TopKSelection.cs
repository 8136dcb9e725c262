using System.Runtime.CompilerServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Keeps the K largest of each row; ties go to the lowest latent.</summary>
internal readonly unsafe struct TopKSelection : ISelection
{
    private readonly Candidates candidates;
    private readonly TopKGuess guess;
    private readonly bool isGuessed;
    private readonly int* indices;
    private readonly float* values;

    /// <summary>Makes room for the rows of a block on each thread.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="codes">Receives the rows.</param>
    /// <param name="k">Latents kept in each row; at least 1.</param>
    public TopKSelection(CpuContext context, SparseCodes codes, int k)
    {
        this.K = k;
        this.candidates = new Candidates(context.Scratch, (long)context.Team.Threads * EncoderBlocks.MostRows, k);
        this.indices = HostPointers.Of(codes.Indices);
        this.values = HostPointers.Of(codes.Values);
    }

    /// <summary>Latents kept in each row.</summary>
    public int K { get; }

    /// <summary>Where thresholds begin; rows that miss it are noted there instead of written.</summary>
    public TopKGuess Guess
    {
        init => (this.guess, this.isGuessed) = (value, true);
    }

    /// <inheritdoc/>
    public void Begin(int worker, long slot, int row) =>
        this.candidates.Clear(slot, this.isGuessed ? this.guess.Threshold(row) : float.NaN);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Accept<TTile>(int worker, long slot, float* values, int firstLatent)
        where TTile : struct, ITile => TTile.NotBelow(values, this.candidates.Threshold(slot));

    /// <inheritdoc/>
    public void Add(int worker, long slot, int row, float* values, uint accepted, int firstLatent) =>
        this.candidates.Add(slot, values, accepted, firstLatent);

    /// <inheritdoc/>
    public void End(long slot, int row)
    {
        if (this.isGuessed)
        {
            bool isMissed = this.candidates.Count(slot) < this.K;
            this.guess.Note(row, isMissed);
            if (isMissed)
            {
                return;
            }
        }

        long entry = (long)row * this.K;
        this.candidates.Store(slot, this.indices + entry, this.values + entry);
    }
}
