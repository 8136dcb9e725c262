using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>Seeded inputs of a verification case.</summary>
internal sealed class VerificationInputs
{
    private const ulong Seed = 20240607;
    private readonly bool integers;
    private RandomSequence random;

    public VerificationInputs(VerificationShape shape)
    {
        this.integers = shape.Integers;
        this.random = new RandomSequence(Seed, RandomPurpose.General, HashCodeOf(shape));
    }

    /// <summary>Normal numbers, or whole ones from −most to most.</summary>
    public float[] Reals(long count, double deviation = 1, int most = 2)
    {
        float[] values = new float[count];
        for (long i = 0; i < count; i++)
        {
            values[i] = this.integers
                ? this.random.NextInt64((2 * most) + 1) - most
                : (float)(deviation * this.random.NextNormal());
        }

        return values;
    }

    /// <summary>Positive numbers over some orders of magnitude.</summary>
    public float[] Positive(long count, double typical)
    {
        float[] values = new float[count];
        for (long i = 0; i < count; i++)
        {
            values[i] = (float)(typical * Math.Exp(this.random.NextNormal()));
        }

        return values;
    }

    /// <summary>Flags, one in three set.</summary>
    public int[] Flags(int count)
    {
        int[] flags = new int[count];
        for (int i = 0; i < count; i++)
        {
            flags[i] = this.random.NextInt64(3) == 0 ? 1 + (int)this.random.NextInt64(7) : 0;
        }

        return flags;
    }

    /// <summary>Whole numbers from 0 to bound − 1.</summary>
    public long[] Counts(int count, long bound)
    {
        long[] values = new long[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = this.random.NextInt64(bound);
        }

        return values;
    }

    /// <summary>Codes with k entries a row, or from 0 to k where rows vary; one value in five is 0.</summary>
    public HostCodes Codes(int rows, int latents, int k, bool rowsVary)
    {
        int[] offsets = new int[rows + 1];
        List<int> indices = [];
        List<float> values = [];
        int[] order = [.. Enumerable.Range(0, latents)];
        for (int row = 0; row < rows; row++)
        {
            int count = rowsVary ? (int)this.random.NextInt64(k + 1) : k;
            this.random.Shuffle<int>(order);
            indices.AddRange(order.Take(count).Order());
            for (int i = 0; i < count; i++)
            {
                values.Add(Activation());
            }

            offsets[row + 1] = indices.Count;
        }

        return new HostCodes(offsets, [.. indices], [.. values]);
    }

    private float Activation()
    {
        if (this.integers)
        {
            return this.random.NextInt64(3);
        }

        return this.random.NextInt64(5) == 0 ? 0 : (float)Math.Abs(this.random.NextNormal());
    }

    private static long HashCodeOf(VerificationShape shape) =>
        ((((((shape.Batch * 1031L) + shape.DIn) * 1031) + shape.DSae) * 1031) + shape.K) & 0xFFFFFFFFFFFF;
}
