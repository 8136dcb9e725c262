using System.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// The map x′ = (x − mean) · scale, estimated once on training rows and stored with the model; or that of layer
/// normalisation, by which every vector has a mean and a scale of its own.
/// </summary>
public sealed class Normalization
{
    private readonly float[] mean;
    private readonly float[] scales = [];
    private readonly int[] widths = [];

    /// <summary>Makes a map, for example one that was stored.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="mean">The vector to subtract, [DIn]; empty for zero.</param>
    /// <param name="scale">The factor; finite and above 0.</param>
    /// <exception cref="ArgumentException">
    /// The scale is outside its range, or the kind is LayerNorm, which has none.
    /// </exception>
    public Normalization(NormalizationKind kind, IReadOnlyList<float> mean, float scale)
    {
        ArgumentNullException.ThrowIfNull(mean);
        if (kind == NormalizationKind.LayerNorm)
        {
            throw new ArgumentException(
                $"Normalization: the kind must have a scale, but is {kind}. Call Normalization.LayerNorm.");
        }

        if (!float.IsFinite(scale) || scale <= 0)
        {
            throw new ArgumentException($"Normalization: the scale must be finite and above 0, but is {scale}. Pass "
                + "1 for none.");
        }

        this.Kind = kind;
        this.mean = [.. mean];
        this.Scale = scale;
    }

    /// <summary>Makes a map with a factor for each column, for vectors of several sites.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="mean">The vector to subtract, [DIn]; empty for zero.</param>
    /// <param name="scales">The factors, [DIn]; finite and above 0.</param>
    /// <exception cref="ArgumentException">A factor is outside its range.</exception>
    public Normalization(NormalizationKind kind, IReadOnlyList<float> mean, IReadOnlyList<float> scales)
        : this(kind, mean, 1)
    {
        ArgumentNullException.ThrowIfNull(scales);
        foreach (float scale in scales)
        {
            _ = new Normalization(kind, [], scale);
        }

        this.scales = [.. scales];
    }

    private Normalization(int[] widths)
    {
        this.Kind = NormalizationKind.LayerNorm;
        this.mean = [];
        this.Scale = 1;
        this.widths = widths;
    }

    /// <summary>The map that changes nothing.</summary>
    public static Normalization Identity { get; } = new(NormalizationKind.None, [], 1);

    /// <summary>Its kind.</summary>
    public NormalizationKind Kind { get; }

    /// <summary>The vector that is subtracted, [DIn]; empty for zero.</summary>
    public IReadOnlyList<float> Mean => this.mean;

    /// <summary>The factor; 1 where there are <see cref="Scales"/>.</summary>
    public float Scale { get; }

    /// <summary>The factor of each column, [DIn]; empty where <see cref="Scale"/> is that of all.</summary>
    public IReadOnlyList<float> Scales => this.scales;

    /// <summary>Whether the map changes nothing.</summary>
    public bool IsIdentity =>
        this.Kind != NormalizationKind.LayerNorm
        && this.mean.Length == 0
        && this.scales.Length == 0
        && this.Scale == 1;

    /// <summary>Makes the map by which every vector has mean 0 and deviation 1, each site for itself.</summary>
    /// <param name="widths">The width of each site, at least 2.</param>
    /// <exception cref="ArgumentException">A width is below 2.</exception>
    public static Normalization LayerNorm(IReadOnlyList<int> widths)
    {
        Numerics.LayerNorm.Apply([], widths);
        return new Normalization([.. widths]);
    }

    /// <summary>
    /// Estimates a map, in float64, over all rows up to 2²⁰ or else a seeded sample of 2²⁰; of joined sites, one for
    /// each site.
    /// </summary>
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

        if (kind == NormalizationKind.LayerNorm)
        {
            return LayerNorm([.. store.Sites.Select(site => site.DIn)]);
        }

        return store.Sites.Count == 1
            ? Estimate(store, training, kind, seed, store.DIn)
            : Join(kind, [.. store.Sites.Select(site =>
                (site.DIn, Estimate(site, training, kind, seed, (double)store.DIn / store.Sites.Count)))]);
    }

    /// <summary>Joins the maps of sites to one of their vectors side by side.</summary>
    private static Normalization Join(NormalizationKind kind, IReadOnlyList<(int Width, Normalization Map)> sites) =>
        new(
            kind,
            sites.All(site => site.Map.mean.Length == 0) ? [] : [.. sites.SelectMany(site => site.Map.mean)],
            (IReadOnlyList<float>)[.. sites.SelectMany(site => Enumerable.Repeat(site.Map.Scale, site.Width))]);

    private static Normalization Estimate(
        ActivationStore store, RowSet training, NormalizationKind kind, ulong seed, double meanWidth)
    {
        RowMoments moments = RowMoments.Measure(store, training, Identity, seed);
        return kind switch
        {
            NormalizationKind.EqualVariance =>
                new Normalization(kind, [], RequireScale(store, Math.Sqrt(meanWidth / moments.TotalVariance()))),
            NormalizationKind.Mean => new Normalization(kind, moments.Mean(), 1),
            NormalizationKind.UnitRms => new Normalization(kind, [], RequireScale(store, 1 / moments.RootMeanSquare())),
            _ => new Normalization(kind, [], RequireScale(store, Math.Sqrt(store.DIn) / moments.MeanNorm())),
        };
    }

    /// <summary>Returns the map of consecutive columns alone, such as those of one site.</summary>
    /// <param name="first">The first column.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentException">The kind is LayerNorm, and they are not all columns.</exception>
    public Normalization Columns(int first, int count)
    {
        if (this.Kind == NormalizationKind.LayerNorm)
        {
            return first == 0 && count == this.widths.Sum()
                ? this
                : throw new ArgumentException(
                    $"Normalization: with {this.Kind} all {this.widths.Sum()} columns must be taken, but they are "
                    + $"{first} to {first + count}. Take all.");
        }

        float[] mean = this.mean.Length == 0 ? [] : this.mean[first..(first + count)];
        return this.scales.Length == 0
            ? new Normalization(this.Kind, mean, this.Scale)
            : new Normalization(this.Kind, mean, this.scales[first..(first + count)]);
    }

    /// <summary>Maps vectors in place.</summary>
    /// <param name="rows">
    /// The vectors; the length must be a multiple of the length of the mean, if there is one.
    /// </param>
    /// <exception cref="ArgumentException">The length is no multiple.</exception>
    public void Apply(Span<float> rows)
    {
        if (this.Kind == NormalizationKind.LayerNorm)
        {
            Numerics.LayerNorm.Apply(rows, this.widths);
            return;
        }

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

        for (Span<float> rest = rows; this.scales.Length > 0 && !rest.IsEmpty; rest = rest[this.scales.Length..])
        {
            for (int i = 0; i < this.scales.Length; i++)
            {
                rest[i] *= this.scales[i];
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
