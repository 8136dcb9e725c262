using System.Numerics;

namespace SaeKernels.Cpu;

/// <summary>
/// For each row of a block the largest pre-activations seen so far, in a buffer of a few times K entries.
/// </summary>
/// <remarks>
/// Latents are offered in ascending order. When a row's buffer is full the K best are kept, in the order of their
/// latents, and the K-th best becomes the threshold that later ones must exceed; so ties go to the lowest latent.
/// A number is kept as an integer key that orders as the number does, NaN above all, −0 equal to +0.
/// </remarks>
internal unsafe struct Candidates
{
    // The most latents that one offer can add.
    private const int Slack = 32;
    private const int NaNKey = int.MaxValue;
    private const int MagnitudeBits = 0x7FFFFFFF;

    private readonly int* keys;
    private readonly int* latents;
    private readonly int* counts;
    private readonly float* thresholds;
    private readonly int k;
    private readonly int room;

    /// <summary>Makes room for rows.</summary>
    /// <param name="scratch">Where memory comes from.</param>
    /// <param name="rows">Rows of all threads together.</param>
    /// <param name="k">Latents kept in each row; at least 1.</param>
    public Candidates(ScratchMemory scratch, long rows, int k)
    {
        this.k = k;
        this.room = RoomFor(k);
        this.keys = scratch.Take<int>(rows * (this.room + Slack));
        this.latents = scratch.Take<int>(rows * (this.room + Slack));
        this.counts = scratch.Take<int>(rows);
        this.thresholds = scratch.Take<float>(rows);
    }

    /// <summary>Forgets the candidates of a row.</summary>
    public readonly void Clear(long row)
    {
        this.counts[row] = 0;
        // Nothing is at most NaN: every number passes until the buffer is full.
        this.thresholds[row] = float.NaN;
    }

    /// <summary>What a row's next candidate must exceed, or not be comparable with.</summary>
    public readonly float Threshold(long row) => this.thresholds[row];

    /// <summary>Adds candidates.</summary>
    /// <param name="row">Their row.</param>
    /// <param name="values">The pre-activations of up to 32 latents.</param>
    /// <param name="accepted">A bit for each of them that is added.</param>
    /// <param name="firstLatent">The latent of the lowest bit.</param>
    public readonly void Add(long row, float* values, uint accepted, int firstLatent)
    {
        int count = this.counts[row];
        int* rowKeys = this.keys + (row * (this.room + Slack));
        int* rowLatents = this.latents + (row * (this.room + Slack));
        for (; accepted != 0; accepted &= accepted - 1)
        {
            int lane = BitOperations.TrailingZeroCount(accepted);
            rowKeys[count] = KeyOf(values[lane]);
            rowLatents[count] = firstLatent + lane;
            count++;
        }

        if (count >= this.room)
        {
            int worst = Keep(rowKeys, rowLatents, count);
            count = this.k;
            this.thresholds[row] = worst == NaNKey ? float.PositiveInfinity : ValueOf(worst);
        }

        this.counts[row] = count;
    }

    /// <summary>Writes the K best of a row by ascending latent, clipped at 0.</summary>
    /// <param name="row">The row.</param>
    /// <param name="indices">Receives K latents.</param>
    /// <param name="values">Receives K activations.</param>
    public readonly void Store(long row, int* indices, float* values)
    {
        int count = this.counts[row];
        int* rowKeys = this.keys + (row * (this.room + Slack));
        int* rowLatents = this.latents + (row * (this.room + Slack));
        if (count > this.k)
        {
            Keep(rowKeys, rowLatents, count);
        }

        for (int i = 0; i < this.k; i++)
        {
            indices[i] = rowLatents[i];
            values[i] = rowKeys[i] == NaNKey ? float.NaN : ValueOf(Math.Max(rowKeys[i], 0));
        }
    }

    private static int RoomFor(int k) => Math.Max(2 * k, k + 64);

    private static int KeyOf(float value)
    {
        if (float.IsNaN(value))
        {
            return NaNKey;
        }

        // Adding +0 turns −0 into +0.
        int bits = BitConverter.SingleToInt32Bits(value + 0.0f);
        return bits ^ ((bits >> 31) & MagnitudeBits);
    }

    private static float ValueOf(int key) => BitConverter.Int32BitsToSingle(key ^ ((key >> 31) & MagnitudeBits));

    /// <summary>Keeps the K largest keys, of equal ones the first, in their order; returns the smallest that is kept.</summary>
    private readonly int Keep(int* rowKeys, int* rowLatents, int count)
    {
        Pad(rowKeys, count, rowKeys[0]);
        (int low, int high) = Bounds(rowKeys, count);
        Pad(rowKeys, count, int.MinValue);
        // At least K keys are above low; fewer than K are above high.
        low--;
        int above = 0;
        while (high - (long)low > 1)
        {
            int middle = (int)(((long)low + high) >> 1);
            int found = CountAbove(rowKeys, count, middle);
            if (found >= this.k)
            {
                low = middle;
                if (found == this.k)
                {
                    break;
                }
            }
            else
            {
                high = middle;
                above = found;
            }
        }

        // Either exactly K are above low, or high is the K-th largest itself and some that equal it stay.
        int equalKept = high - (long)low > 1 ? int.MaxValue : this.k - above;
        return Compact(rowKeys, rowLatents, count, low, high, equalKept);
    }

    private static int Compact(int* rowKeys, int* rowLatents, int count, int low, int high, int equalKept)
    {
        int kept = 0;
        int worst = NaNKey;
        for (int i = 0; i < count; i++)
        {
            int key = rowKeys[i];
            if (key <= low || (key == high && equalKept-- <= 0))
            {
                continue;
            }

            rowLatents[kept] = rowLatents[i];
            rowKeys[kept++] = key;
            worst = Math.Min(worst, key);
        }

        return worst;
    }

    private static void Pad(int* rowKeys, int count, int key)
    {
        for (int i = count; i % Vector<int>.Count != 0; i++)
        {
            rowKeys[i] = key;
        }
    }

    private static (int Low, int High) Bounds(int* rowKeys, int count)
    {
        Vector<int> low = Vector.Load(rowKeys);
        Vector<int> high = low;
        for (int i = Vector<int>.Count; i < count; i += Vector<int>.Count)
        {
            low = Vector.Min(low, Vector.Load(rowKeys + i));
            high = Vector.Max(high, Vector.Load(rowKeys + i));
        }

        int lowest = low[0];
        int highest = high[0];
        for (int lane = 1; lane < Vector<int>.Count; lane++)
        {
            lowest = Math.Min(lowest, low[lane]);
            highest = Math.Max(highest, high[lane]);
        }

        return (lowest, highest);
    }

    private static int CountAbove(int* rowKeys, int count, int key)
    {
        Vector<int> limit = new(key);
        Vector<int> found = Vector<int>.Zero;
        for (int i = 0; i < count; i += Vector<int>.Count)
        {
            found -= Vector.GreaterThan(Vector.Load(rowKeys + i), limit);
        }

        return Vector.Sum(found);
    }
}
