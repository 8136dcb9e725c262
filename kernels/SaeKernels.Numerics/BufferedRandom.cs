namespace SaeKernels.Numerics;

/// <summary>
/// The bits of a <see cref="RandomSequence"/>, made many at a time, and draws that cost little: for those who draw
/// millions of sequences.
/// </summary>
/// <remarks>Not for use by several threads at once.</remarks>
public sealed class BufferedRandom
{
    private const int StepBits = 48;
    private readonly uint[] words = new uint[64];
    private ulong seed;
    private ulong counterHigh;
    private ulong block;
    private int used;

    /// <summary>Makes a stream; it must be opened before it is drawn from.</summary>
    public BufferedRandom() => this.used = this.words.Length;

    /// <summary>Goes to the beginning of a sequence.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="step">Which of the sequences of this purpose; 0 to 2⁴⁸ − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is outside its range.</exception>
    public void Open(ulong seed, RandomPurpose purpose, long step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, 1L << StepBits);
        this.seed = seed;
        this.counterHigh = ((ulong)purpose << StepBits) | (ulong)step;
        this.block = 0;
        this.used = this.words.Length;
    }

    /// <summary>Returns the next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (this.used == this.words.Length)
        {
            Philox.Fill(this.seed, this.block, this.counterHigh, this.words);
            this.block += (ulong)this.words.Length / 4;
            this.used = 0;
        }

        return this.words[this.used++];
    }

    /// <summary>Hands out the next words, as many calls of <see cref="NextUInt32"/> do.</summary>
    /// <param name="destination">Receives the words.</param>
    public void Next(Span<uint> destination)
    {
        while (!destination.IsEmpty)
        {
            destination[0] = NextUInt32();
            int count = Math.Min(destination.Length - 1, this.words.Length - this.used);
            this.words.AsSpan(this.used, count).CopyTo(destination[1..]);
            this.used += count;
            destination = destination[(count + 1)..];
        }
    }

    /// <summary>Returns the next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        // Most often both words are there: one test instead of two.
        uint[] all = this.words;
        int place = this.used;
        if (place < all.Length - 1)
        {
            this.used = place + 2;
            return all[place] | ((ulong)all[place + 1] << 32);
        }

        ulong low = NextUInt32();
        return low | ((ulong)NextUInt32() << 32);
    }

    /// <summary>Returns a number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => Philox.ToDouble(NextUInt64());

    /// <summary>Returns a whole number from 0 to <paramref name="bound"/> − 1, every one equally likely.</summary>
    /// <param name="bound">One more than the largest result; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is below 1.</exception>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        // The 2³² mod bound lowest draws would favour some results; they are drawn again (Lemire 2019).
        uint range = (uint)bound;
        uint rejected = (0 - range) % range;
        while (true)
        {
            ulong product = (ulong)NextUInt32() * range;
            if ((uint)product >= rejected)
            {
                return (int)(product >> 32);
            }
        }
    }

    /// <summary>Returns a draw of the exponential distribution of mean 1.</summary>
    public double NextExponential() => -Math.Log(1 - NextDouble());

    /// <summary>Returns a draw of the standard normal distribution, by <see cref="NormalZiggurat"/>.</summary>
    public double NextNormal() => NormalZiggurat.Draw(this);
}
