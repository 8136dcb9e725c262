using System.Numerics;

namespace SaeKernels.Data;

/// <summary>The map x′ = (x − mean) · scale, estimated once on training rows and stored with the model.</summary>
public sealed class Normalization
{
    private readonly float[] mean;

    /// <summary>Makes a map, for example one that was stored.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="mean">The vector to subtract, [DIn]; empty for zero.</param>
    /// <param name="scale">The factor; finite and above 0.</param>
    /// <exception cref="ArgumentException">The scale is outside its range.</exception>
    public Normalization(NormalizationKind kind, IReadOnlyList<float> mean, float scale)
    {
        ArgumentNullException.ThrowIfNull(mean);
        if (!float.IsFinite(scale) || scale <= 0)
        {
            throw new ArgumentException($"Normalization: the scale must be finite and above 0, but is {scale}. Pass "
                + "1 for none.");
        }

        this.Kind = kind;
        this.mean = [.. mean];
        this.Scale = scale;
    }

    /// <summary>The map that changes nothing.</summary>
    public static Normalization Identity { get; } = new(NormalizationKind.None, [], 1);

    /// <summary>Its kind.</summary>
    public NormalizationKind Kind { get; }

    /// <summary>The vector that is subtracted, [DIn]; empty for zero.</summary>
    public IReadOnlyList<float> Mean => this.mean;

    /// <summary>The factor.</summary>
    public float Scale { get; }

    /// <summary>Whether the map changes nothing.</summary>
    public bool IsIdentity => this.mean.Length == 0 && this.Scale == 1;

    /// <summary>Estimates a map, in float64, over all rows up to 2²⁰ or else a seeded sample of 2²⁰.</summary>
    /// <param name="store">The store.</param>
    /// <param name="training">The rows that may be looked at; at least one unless the kind is None.</param>
    /// <param name="kind">What is wanted.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="InvalidDataException">
    /// Every vector is zero, or so small or large that no float32 scale exists; an element is NaN or infinite; a file
    /// became shorter.
    /// </exception>
    public static Normalization Estimate(ActivationStore store, RowSet training, NormalizationKind kind, ulong seed)
    {
        if (kind == NormalizationKind.None)
        {
            return Identity;
        }

        RowMoments moments = RowMoments.Measure(store, training, Identity, seed);
        return kind switch
        {
            NormalizationKind.Mean => new Normalization(kind, moments.Mean(), 1),
            NormalizationKind.UnitRms => new Normalization(kind, [], RequireScale(store, 1 / moments.RootMeanSquare())),
            _ => new Normalization(kind, [], RequireScale(store, Math.Sqrt(store.DIn) / moments.MeanNorm())),
        };
    }

    /// <summary>Maps vectors in place.</summary>
    /// <param name="rows">
    /// The vectors; the length must be a multiple of the length of the mean, if there is one.
    /// </param>
    /// <exception cref="ArgumentException">The length is no multiple.</exception>
    public void Apply(Span<float> rows)
    {
        if (this.mean.Length > 0 && rows.Length % this.mean.Length != 0)
        {
            throw new ArgumentException(
                $"Normalization: a buffer must hold whole vectors of {this.mean.Length} elements, but has "
                + $"{rows.Length} elements. Pass vectors of the width that was estimated.");
        }

        if (this.mean.Length > 0)
        {
            for (Span<float> rest = rows; !rest.IsEmpty; rest = rest[this.mean.Length..])
            {
                Subtract(this.mean, rest[..this.mean.Length]);
            }
        }

        if (this.Scale != 1)
        {
            Multiply(this.Scale, rows);
        }
    }

    private static float RequireScale(ActivationStore store, double scale) =>
        float.IsFinite((float)scale) && (float)scale > 0
            ? (float)scale
            : throw new InvalidDataException(
                $"{store.Shards[0].Path}: the vectors must have a finite length above 0 to be scaled, but the scale "
                + $"would be {scale}. Choose NormalizationKind.None, or look at the data.");

    private static void Subtract(ReadOnlySpan<float> mean, Span<float> row)
    {
        int i = 0;
        for (; i <= row.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(row[i..]) - new Vector<float>(mean[i..])).CopyTo(row[i..]);
        }

        for (; i < row.Length; i++)
        {
            row[i] -= mean[i];
        }
    }

    private static void Multiply(float scale, Span<float> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(values[i..]) * scale).CopyTo(values[i..]);
        }

        for (; i < values.Length; i++)
        {
            values[i] *= scale;
        }
    }
}
