namespace SaeKernels.Factorization;

/// <summary>
/// Codes whose values are rounded to bins of equal width, each latent with its own: entry v ≥ 0 of latent i is in bin
/// ⌊v · Bins[i] / Upper[i]⌋ and stands for the middle of it.
/// </summary>
/// <remarks>An entry that is 0 is not stored: silence is no bin. The largest value of a latent is in its last bin.
/// </remarks>
public sealed class QuantizedCodes
{
    private readonly long[][] counts;

    /// <summary>Puts codes together.</summary>
    /// <param name="rows">Offsets and columns of the entries; its values are not read.</param>
    /// <param name="bins">The number of bins of each latent, [latents].</param>
    /// <param name="upper">The upper edge of the last bin of each latent, [latents].</param>
    /// <param name="places">The bin of each entry.</param>
    internal QuantizedCodes(SparseRows rows, int[] bins, float[] upper, int[] places)
    {
        this.Offsets = rows.Offsets;
        this.Columns = rows.Columns;
        this.Bins = bins;
        this.Upper = upper;
        this.Places = places;
        this.counts = [.. bins.Select(count => new long[count])];
        for (int entry = 0; entry < places.Length; entry++)
        {
            this.counts[this.Columns[entry]][places[entry]]++;
        }
    }

    /// <summary>The number of vectors.</summary>
    public int Rows => this.Offsets.Length - 1;

    /// <summary>The number of latents.</summary>
    public int Latents => this.Bins.Length;

    /// <summary>The number of bins of each latent.</summary>
    public IReadOnlyList<int> BinsOfLatents => this.Bins;

    /// <summary>The codes as the receiver gets them: every entry the middle of its bin.</summary>
    public SparseRows Values => new(
        this.Offsets, this.Columns, [.. this.Columns.Zip(this.Places, (latent, place) => MiddleOf(latent, place))]);

    /// <summary>Where each row begins.</summary>
    internal long[] Offsets { get; }

    /// <summary>The latent of each entry.</summary>
    internal int[] Columns { get; }

    /// <summary>The bin of each entry.</summary>
    internal int[] Places { get; }

    /// <summary>The number of bins of each latent.</summary>
    internal int[] Bins { get; }

    /// <summary>The upper edge of each latent.</summary>
    internal float[] Upper { get; }

    /// <summary>Rounds codes to the same number of bins for each latent, from 0 to the largest value of that latent.
    /// </summary>
    /// <param name="codes">The codes; values not negative and finite, zeros left out.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="bins">The number of bins; at least 1.</param>
    public static QuantizedCodes ByCount(SparseRows codes, int latents, int bins)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        float[] upper = Largest(codes, latents);
        return Quantize(codes, [.. Enumerable.Repeat(bins, latents)], upper);
    }

    /// <summary>Rounds codes to bins of the same width for all latents, as many as the largest value of each needs.
    /// </summary>
    /// <param name="codes">The codes; values not negative and finite, zeros left out.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="width">The width of a bin; above 0.</param>
    /// <exception cref="ArgumentException">The width is not above 0, or needs over 2²⁰ bins for a latent.</exception>
    public static QuantizedCodes ByWidth(SparseRows codes, int latents, float width)
    {
        const int MostBins = 1 << 20;
        ArgumentNullException.ThrowIfNull(codes);
        float[] largest = Largest(codes, latents);
        if (!(width > 0) || largest.Any(value => value / width >= MostBins))
        {
            throw new ArgumentException(
                $"QuantizedCodes: width must be above 0 and cut the largest value into fewer than {MostBins} bins, but "
                + $"is {width} for {largest.DefaultIfEmpty().Max()}. Choose a larger width.");
        }

        int[] bins = Array.ConvertAll(largest, value => (int)Math.Floor((double)value / width) + 1);
        return Quantize(codes, bins, Array.ConvertAll(bins, count => count * width));
    }

    /// <summary>How many entries of a latent are in each of its bins.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public IReadOnlyList<long> CountsOf(int latent) => this.counts[latent];

    /// <summary>How many vectors a latent is active on.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public long ActiveOf(int latent) => this.counts[latent].Sum();

    private static QuantizedCodes Quantize(SparseRows codes, int[] bins, float[] upper)
    {
        int[] places = new int[codes.Values.Length];
        for (int entry = 0; entry < places.Length; entry++)
        {
            int latent = codes.Columns[entry];
            double place = Math.Floor((double)codes.Values[entry] * bins[latent] / upper[latent]);
            places[entry] = (int)Math.Clamp(place, 0, bins[latent] - 1);
        }

        return new QuantizedCodes(codes, bins, upper, places);
    }

    private static float[] Largest(SparseRows codes, int latents)
    {
        float[] largest = new float[latents];
        for (int entry = 0; entry < codes.Values.Length; entry++)
        {
            float value = codes.Values[entry];
            if (!(value > 0) || !float.IsFinite(value))
            {
                throw new ArgumentException(
                    $"QuantizedCodes: stored values must be above 0 and finite, but entry {entry} is {value}. "
                    + "Leave zeros out.");
            }

            largest[codes.Columns[entry]] = Math.Max(largest[codes.Columns[entry]], value);
        }

        // The bins of a latent that is never active may have any width.
        return Array.ConvertAll(largest, value => value > 0 ? value : 1);
    }

    private float MiddleOf(int latent, int place) =>
        (float)((place + 0.5) * this.Upper[latent] / this.Bins[latent]);
}
