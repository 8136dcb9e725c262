using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>The directions that a source is made of, one unit row a feature.</summary>
public sealed class TrueDirections
{
    private readonly float[] rows;

    private TrueDirections(float[] rows, int features, int dIn)
    {
        this.rows = rows;
        this.Features = features;
        this.DIn = dIn;
    }

    /// <summary>The number of features.</summary>
    public int Features { get; }

    /// <summary>The width of a direction.</summary>
    public int DIn { get; }

    /// <summary>All directions, row after row, [features · DIn].</summary>
    public ReadOnlySpan<float> Rows => this.rows;

    /// <summary>Draws directions uniformly from the unit sphere: normal draws, divided by their length.</summary>
    /// <param name="seed">The seed of the source.</param>
    /// <param name="features">The number of features, at least 1.</param>
    /// <param name="dIn">The width, at least 1.</param>
    public static TrueDirections Sphere(ulong seed, int features, int dIn)
    {
        Require(features, dIn);
        float[] rows = new float[(long)features * dIn];
        for (int feature = 0; feature < features; feature++)
        {
            RandomSequence random = new(seed, RandomPurpose.SyntheticTruth, feature);
            Unit(ref random, rows.AsSpan(feature * dIn, dIn));
        }

        return new TrueDirections(rows, features, dIn);
    }

    /// <summary>Every feature is an element of the vector: the identity matrix.</summary>
    /// <param name="features">The number of features and the width, at least 1.</param>
    public static TrueDirections Axes(int features)
    {
        Require(features, features);
        float[] rows = new float[(long)features * features];
        for (int feature = 0; feature < features; feature++)
        {
            rows[((long)feature * features) + feature] = 1;
        }

        return new TrueDirections(rows, features, features);
    }

    /// <summary>Takes directions that are there.</summary>
    /// <param name="rows">Unit rows, [features · DIn]; kept, not copied.</param>
    /// <param name="features">The number of features, at least 1.</param>
    /// <param name="dIn">The width, at least 1.</param>
    internal static TrueDirections Of(float[] rows, int features, int dIn)
    {
        Require(features, dIn);
        return new TrueDirections(rows, features, dIn);
    }

    /// <summary>A source without features.</summary>
    /// <param name="dIn">The width, at least 1.</param>
    public static TrueDirections None(int dIn)
    {
        Require(1, dIn);
        return new TrueDirections([], 0, dIn);
    }

    /// <summary>Fills a row with a direction drawn uniformly from the unit sphere.</summary>
    internal static void Unit(ref RandomSequence random, Span<float> row)
    {
        double[] draw = new double[row.Length];
        double squares = 0;
        for (int d = 0; d < draw.Length; d++)
        {
            draw[d] = random.NextNormal();
            squares += draw[d] * draw[d];
        }

        for (int d = 0; d < draw.Length; d++)
        {
            row[d] = (float)(draw[d] / Math.Sqrt(squares));
        }
    }

    /// <summary>Returns one direction, [DIn].</summary>
    /// <param name="feature">0 to <see cref="Features"/> − 1.</param>
    public ReadOnlySpan<float> Row(int feature) => this.rows.AsSpan(feature * this.DIn, this.DIn);

    private static void Require(int features, int dIn)
    {
        if (features < 1 || dIn < 1 || (long)features * dIn > Array.MaxLength)
        {
            throw new ArgumentException(
                $"TrueDirections: features and width must be at least 1 and their product at most {Array.MaxLength}, "
                + $"but they are {features} and {dIn}. Change them.");
        }
    }
}
