using System.Numerics;
using System.Runtime.CompilerServices;

namespace SaeKernels.Cpu;

/// <summary>Entries of any rows: the key of <see cref="CandidateKeys"/>, the latent and the row of each.</summary>
/// <param name="scratch">Where memory comes from.</param>
/// <param name="room">The most entries.</param>
internal readonly unsafe struct EntryList(ScratchMemory scratch, long room)
{
    private readonly int* keys = scratch.Take<int>(room + CandidateKeys.MostAppended);
    private readonly int* latents = scratch.Take<int>(room + CandidateKeys.MostAppended);
    private readonly int* rows = scratch.Take<int>(room + CandidateKeys.MostAppended);

    /// <summary>The keys.</summary>
    public int* Keys => this.keys;

    /// <summary>The latents.</summary>
    public int* Latents => this.latents;

    /// <summary>The rows.</summary>
    public int* Rows => this.rows;

    /// <summary>Writes an entry.</summary>
    /// <param name="place">Where it is written.</param>
    /// <param name="row">Its row.</param>
    /// <param name="latent">Its latent.</param>
    /// <param name="value">Its pre-activation.</param>
    public void Set(long place, int row, int latent, float value)
    {
        this.keys[place] = CandidateKeys.KeyOf(value);
        this.latents[place] = latent;
        this.rows[place] = row;
    }

    /// <summary>Writes entries of a row; returns how many.</summary>
    /// <param name="start">Where the first is written; up to 32 places from there may be overwritten.</param>
    /// <param name="row">The row.</param>
    /// <param name="values">Pre-activations of up to 32 latents.</param>
    /// <param name="accepted">A bit for each of them that is written.</param>
    /// <param name="firstLatent">The latent of the lowest bit.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Write(long start, int row, float* values, uint accepted, int firstLatent)
    {
        int count = CandidateKeys.Append(
            this.keys + start, this.latents + start, 0, values, accepted, firstLatent);
        Vector<int> all = new(row);
        for (int i = 0; i < count; i += Vector<int>.Count)
        {
            all.Store(this.rows + start + i);
        }

        return count;
    }
}
