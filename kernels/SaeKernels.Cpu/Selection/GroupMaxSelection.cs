using System.Numerics;
using System.Runtime.CompilerServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Keeps the largest of each group of consecutive latents, clipped at 0; ties go to the lowest latent.
/// </summary>
/// <remarks>
/// A row begins with 0 at the first latent of each group, so that only what exceeds what its group has is ever added,
/// and what is added later loses a tie.
/// </remarks>
internal readonly unsafe struct GroupMaxSelection : ISelection
{
    private readonly int groups;
    private readonly int groupSize;
    private readonly int* groupOf;
    private readonly int* keys;
    private readonly int* latents;
    private readonly int* indices;
    private readonly float* values;

    /// <summary>Makes room for the rows of a block on each thread.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="codes">Receives the rows.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="groups">The number of groups, a divisor of it.</param>
    public GroupMaxSelection(CpuContext context, SparseCodes codes, int latents, int groups)
    {
        this.groups = groups;
        this.groupSize = latents / groups;
        long rows = (long)context.Team.Threads * EncoderBlocks.MostRows;
        this.keys = context.Scratch.Take<int>(rows * groups);
        this.latents = context.Scratch.Take<int>(rows * groups);
        this.groupOf = context.Scratch.Take<int>(latents + CandidateKeys.MostAppended);
        for (int latent = 0; latent < latents + CandidateKeys.MostAppended; latent++)
        {
            this.groupOf[latent] = Math.Min(latent / this.groupSize, groups - 1);
        }

        this.indices = HostPointers.Of(codes.Indices);
        this.values = HostPointers.Of(codes.Values);
    }

    /// <inheritdoc/>
    public void Begin(int worker, long slot, int row)
    {
        long start = slot * this.groups;
        for (int group = 0; group < this.groups; group++)
        {
            this.keys[start + group] = 0;
            this.latents[start + group] = group * this.groupSize;
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Accept<TTile>(int worker, long slot, float* values, int firstLatent)
        where TTile : struct, ITile
    {
        // Latents of several groups need not exceed what one of them has: they are compared one by one.
        int group = this.groupOf[firstLatent];
        bool isOne = group == this.groupOf[firstLatent + TTile.Latents - 1];
        int key = isOne ? this.keys[(slot * this.groups) + group] : 0;
        return TTile.NotBelow(
            values, key == CandidateKeys.NaN ? float.PositiveInfinity : CandidateKeys.ValueOf(key));
    }

    /// <inheritdoc/>
    public void Add(int worker, long slot, int row, float* values, uint accepted, int firstLatent)
    {
        long start = slot * this.groups;
        for (uint left = accepted; left != 0; left &= left - 1)
        {
            int lane = BitOperations.TrailingZeroCount(left);
            int latent = firstLatent + lane;
            long place = start + this.groupOf[latent];
            int key = CandidateKeys.KeyOf(values[lane]);
            if (key > this.keys[place])
            {
                this.keys[place] = key;
                this.latents[place] = latent;
            }
        }
    }

    /// <inheritdoc/>
    public void End(long slot, int row)
    {
        long start = slot * this.groups;
        long entry = (long)row * this.groups;
        for (int group = 0; group < this.groups; group++)
        {
            int key = this.keys[start + group];
            this.indices[entry + group] = this.latents[start + group];
            this.values[entry + group] = key == CandidateKeys.NaN ? float.NaN : CandidateKeys.ValueOf(key);
        }
    }
}
