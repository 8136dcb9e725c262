namespace SaeKernels.Numerics;

/// <summary>A sequence of random numbers that is fully determined by seed, purpose and step.</summary>
/// <remarks>A mutable value: copy it and both copies continue with the same numbers.</remarks>
public struct RandomSequence
{
    private const int StepBits = 48;
    private readonly ulong seed;
    private readonly ulong counterHigh;
    private ulong block;
    private int used;
    private (uint Word0, uint Word1, uint Word2, uint Word3) words;

    /// <summary>Opens a sequence at its beginning.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for.</param>
    /// <param name="step">Which of the sequences of this purpose; 0 to 2⁴⁸ − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="step"/> is outside its range.</exception>
    public RandomSequence(ulong seed, RandomPurpose purpose, long step = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, 1L << StepBits);
        this.seed = seed;
        this.counterHigh = ((ulong)purpose << StepBits) | (ulong)step;
        this.used = 4;
    }

    /// <summary>Returns the next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (this.used == 4)
        {
            this.words = Philox.Generate(this.seed, this.block++, this.counterHigh);
            this.used = 0;
        }

        return this.used++ switch
        {
            0 => this.words.Word0,
            1 => this.words.Word1,
            2 => this.words.Word2,
            _ => this.words.Word3,
        };
    }

    /// <summary>Returns the next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong low = NextUInt32();
        return low | ((ulong)NextUInt32() << 32);
    }

    /// <summary>Returns a whole number from 0 to <paramref name="bound"/> − 1, every one equally likely.</summary>
    /// <param name="bound">One more than the largest result; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is below 1.</exception>
    public long NextInt64(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        // The 2⁶⁴ mod bound lowest draws would favour some results; they are drawn again (Lemire 2019).
        ulong range = (ulong)bound;
        ulong rejected = (0 - range) % range;
        while (true)
        {
            ulong high = Math.BigMul(NextUInt64(), range, out ulong low);
            if (low >= rejected)
            {
                return (long)high;
            }
        }
    }

    /// <summary>Returns a number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => Philox.ToDouble(NextUInt64());

    /// <summary>Returns a number in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextSingle() => Philox.ToSingle(NextUInt32());

    /// <summary>
    /// Returns a draw of the standard normal distribution (Box–Muller; the second value of each pair is dropped).
    /// </summary>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Puts items into a random order, every order equally likely (Fisher–Yates).</summary>
    /// <param name="items">The items; reordered in place.</param>
    /// <typeparam name="T">The type of an item.</typeparam>
    public void Shuffle<T>(Span<T> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = (int)NextInt64(last + 1L);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }
}
