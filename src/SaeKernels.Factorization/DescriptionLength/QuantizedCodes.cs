namespace SaeKernels.Factorization;

/// <summary>Codes on the host whose values are rounded to <see cref="CodeBins"/>.</summary>
/// <remarks>An entry that is 0 is not stored: silence is no bin. The largest value of a latent is in its last bin.
/// </remarks>
public sealed class QuantizedCodes
{
    /// <summary>Puts codes together.</summary>
    /// <param name="rows">Offsets and columns of the entries; its values are not read.</param>
    /// <param name="bins">The bins of each latent.</param>
    /// <param name="places">The bin of each entry.</param>
    internal QuantizedCodes(SparseRows rows, CodeBins bins, int[] places)
    {
        this.Offsets = rows.Offsets;
        this.Columns = rows.Columns;
        this.Places = places;
        long[][] counts = [.. bins.Counts.Select(count => new long[count])];
        for (int entry = 0; entry < places.Length; entry++)
        {
            counts[this.Columns[entry]][places[entry]]++;
        }

        this.Table = new CodeTable(rows.Rows, bins, counts);
    }

    /// <summary>The number of vectors.</summary>
    public int Rows => this.Offsets.Length - 1;

    /// <summary>The number of latents.</summary>
    public int Latents => this.Table.Latents;

    /// <summary>The number of bins of each latent.</summary>
    public IReadOnlyList<int> BinsOfLatents => this.Table.Bins.Counts;

    /// <summary>The bins, and how many entries are in each.</summary>
    public CodeTable Table { get; }

    /// <summary>The codes as the receiver gets them: every entry the middle of its bin.</summary>
    public SparseRows Values => new(
        this.Offsets,
        this.Columns,
        [.. this.Columns.Zip(this.Places, this.Table.Bins.MiddleOf)]);

    /// <summary>Where each row begins.</summary>
    internal long[] Offsets { get; }

    /// <summary>The latent of each entry.</summary>
    internal int[] Columns { get; }

    /// <summary>The bin of each entry.</summary>
    internal int[] Places { get; }

    /// <summary>Rounds codes to the same number of bins for each latent, from 0 to the largest value of that latent.
    /// </summary>
    /// <param name="codes">The codes; values not negative and finite, zeros left out.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="bins">The number of bins, 1 to 2²⁰.</param>
    /// <exception cref="ArgumentException">There are fewer bins or more, or a value is not such.</exception>
    public static QuantizedCodes ByCount(SparseRows codes, int latents, int bins) =>
        Quantize(codes, CodeBins.ByCount(Largest(codes, latents), bins));

    /// <summary>Rounds codes to bins of the same width for all latents, as many as the largest value of each needs.
    /// </summary>
    /// <param name="codes">The codes; values not negative and finite, zeros left out.</param>
    /// <param name="latents">The number of latents.</param>
    /// <param name="width">The width of a bin; above 0.</param>
    /// <exception cref="ArgumentException">The width is not above 0, or needs over 2²⁰ bins for a latent.</exception>
    public static QuantizedCodes ByWidth(SparseRows codes, int latents, float width) =>
        Quantize(codes, CodeBins.ByWidth(Largest(codes, latents), width));

    /// <summary>How many entries of a latent are in each of its bins.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public IReadOnlyList<long> CountsOf(int latent) => this.Table.CountsOf(latent);

    /// <summary>How many vectors a latent is active on.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public long ActiveOf(int latent) => this.Table.ActiveOf(latent);

    /// <summary>Returns the latents of the entries of a row.</summary>
    internal ReadOnlySpan<int> ColumnsOf(int row) => this.Columns.AsSpan(RangeOf(row));

    /// <summary>Returns the bins of the entries of a row.</summary>
    internal ReadOnlySpan<int> PlacesOf(int row) => this.Places.AsSpan(RangeOf(row));

    private Range RangeOf(int row) => (int)this.Offsets[row]..(int)this.Offsets[row + 1];

    private static QuantizedCodes Quantize(SparseRows codes, CodeBins bins) =>
        new(codes, bins, [.. codes.Columns.Zip(codes.Values, bins.PlaceOf)]);

    private static float[] Largest(SparseRows codes, int latents)
    {
        ArgumentNullException.ThrowIfNull(codes);
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

        return largest;
    }
}
