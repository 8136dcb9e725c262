using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// One product that is hard to sum: a [16, depth], the columns of b [8, depth], and the sums before [16, 8].
/// </summary>
internal sealed class ProbeCase
{
    public const int Rows = 16;
    public const int Columns = 8;

    // Seven fraction bits: all that bfloat16 has.
    private const int FractionSteps = 128;

    private ProbeCase(int depth)
    {
        this.Depth = depth;
        this.A = new float[Rows * depth];
        this.B = new float[Columns * depth];
        this.Sums = new float[Rows * Columns];
    }

    public int Depth { get; }

    public float[] A { get; }

    public float[] B { get; }

    public float[] Sums { get; }

    /// <summary>Makes the cases for a kind of product.</summary>
    /// <param name="randomCases">Cases of random numbers, beside those that are made by rule.</param>
    public static ProbeCase[] All<TProduct>(int randomCases)
        where TProduct : struct, IMatrixProduct
    {
        int depth = 8 * TProduct.ElementsInWord;
        RandomSequence random = new(20260, RandomPurpose.General);
        List<ProbeCase> cases = [];
        for (int place = 0; place < depth; place++)
        {
            cases.Add(Cancelling(depth, place));
        }

        cases.Add(BelowLastPlace(depth));
        cases.Add(Scaled(Cancelling(depth, 1), -70, -50));
        cases.Add(Scaled(Cancelling(depth, 2), 64, 63));
        cases.Add(Scaled(Cancelling(depth, 3), -130, 20));
        for (int i = 0; i < randomCases; i++)
        {
            cases.Add(Random(depth, ref random));
        }

        foreach (ProbeCase probe in cases)
        {
            Round<TProduct>(probe.A);
            Round<TProduct>(probe.B);
        }

        return [.. cases];
    }

    /// <summary>Returns c + Σ a·b of an element in float64, and |c| + Σ|a·b|.</summary>
    public (double Exact, double Magnitude) Exact(int row, int column)
    {
        double exact = this.Sums[(row * Columns) + column];
        double magnitude = Math.Abs(exact);
        for (int k = 0; k < this.Depth; k++)
        {
            double product = (double)this.A[(row * this.Depth) + k] * this.B[(column * this.Depth) + k];
            exact += product;
            magnitude += Math.Abs(product);
        }

        return (exact, magnitude);
    }

    // Two large products cancel, at every distance from each other; what remains lies below them by 8 to 29 bits, with
    // as many bits set as it can have. The sum before is nothing, large, or of the size of the rest.
    private static ProbeCase Cancelling(int depth, int place)
    {
        ProbeCase probe = new(depth);
        for (int row = 0; row < Rows; row++)
        {
            int opposite = (place + 1 + row) % depth;
            for (int k = 0; k < depth; k++)
            {
                bool isLarge = k == place || k == opposite;
                float sign = k == opposite || row % 3 == 2 ? -1 : 1;
                probe.A[(row * depth) + k] = isLarge ? sign : sign * Number(FractionSteps - 1 - (k % 5), -8);
            }
        }

        for (int column = 0; column < Columns; column++)
        {
            for (int k = 0; k < depth; k++)
            {
                probe.B[(column * depth) + k] = 1;
            }
        }

        for (int row = 0; row < Rows; row++)
        {
            int opposite = (place + 1 + row) % depth;
            for (int column = 0; column < Columns; column++)
            {
                probe.B[(column * depth) + ((place + 1 + column) % depth)] = Number(FractionSteps - 3, -3 * column);
                probe.Sums[(row * Columns) + column] = ((row + column) % 4) switch
                {
                    0 => 0,
                    1 => MathF.BitDecrement(2),
                    2 => -MathF.ScaleB(MathF.BitDecrement(2), 6),
                    _ => MathF.ScaleB(MathF.BitDecrement(2), -9),
                };
            }
        }

        return probe;
    }

    // Each product is just too small to count beside the sum before; together they are half of the depth's worth.
    private static ProbeCase BelowLastPlace(int depth)
    {
        ProbeCase probe = new(depth);
        Array.Fill(probe.A, Number(FractionSteps - 1, -12));
        for (int column = 0; column < Columns; column++)
        {
            Array.Fill(probe.B, Number(FractionSteps - 1, -10 - column), column * depth, depth);
        }

        for (int i = 0; i < probe.Sums.Length; i++)
        {
            probe.Sums[i] = i % 2 == 0 ? 1 : MathF.BitDecrement(1) * (i % 4 == 1 ? 1 : -1);
        }

        return probe;
    }

    private static ProbeCase Random(int depth, ref RandomSequence random)
    {
        ProbeCase probe = new(depth);
        Fill(probe.A, ref random);
        Fill(probe.B, ref random);
        Fill(probe.Sums, ref random);
        return probe;
    }

    private static void Fill(float[] values, ref RandomSequence random)
    {
        for (int i = 0; i < values.Length; i++)
        {
            double normal = random.NextNormal();
            int fraction = (int)(Math.Abs(normal) * 1000) % FractionSteps;
            values[i] = Math.Sign(normal) * Number(fraction, (int)(random.NextNormal() * 8));
        }
    }

    // Factors of 2 take numbers to where they are subnormal, and sums to where they overflow.
    private static ProbeCase Scaled(ProbeCase probe, int exponentOfA, int exponentOfB)
    {
        Scale(probe.A, exponentOfA);
        Scale(probe.B, exponentOfB);
        Scale(probe.Sums, exponentOfA + exponentOfB);
        return probe;
    }

    private static void Scale(float[] values, int exponent)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.ScaleB(values[i], exponent);
        }
    }

    private static void Round<TProduct>(float[] values)
        where TProduct : struct, IMatrixProduct
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = TProduct.First(TProduct.Round(values[i], 0));
        }
    }

    private static float Number(int fraction, int exponent) =>
        MathF.ScaleB(1 + ((float)fraction / FractionSteps), exponent);
}
