using SaeKernels.Numerics;

namespace SaeKernels.Abstractions;

/// <summary>Bins of equal width, each latent with its own, from 0 on.</summary>
/// <param name="Offsets">
/// Where the bins of each latent begin, and where the last one's end, [DSae + 1]; from 0, at least one bin each.
/// </param>
/// <param name="Scales">Bins to a unit of each latent, [DSae].</param>
/// <param name="Widths">The width of each latent's bins, [DSae].</param>
public readonly record struct EvenLatentBins(IntBuffer Offsets, RealBuffer Scales, RealBuffer Widths)
{
    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    internal void Validate(string operation, int latents)
    {
        Shape.RequireLength(operation, nameof(this.Offsets), this.Offsets, latents + 1L);
        Shape.RequireLength(operation, nameof(this.Scales), this.Scales, latents);
        Shape.RequireLength(operation, nameof(this.Widths), this.Widths, latents);
    }
}

/// <summary>Arguments of <see cref="IComputeBackend.AccumulateBins"/>.</summary>
public readonly record struct AccumulateBinsArguments
{
    /// <summary>The number of rows of the batch.</summary>
    public required int Rows { get; init; }

    /// <summary>The number of latents, DSae.</summary>
    public required int Latents { get; init; }

    /// <summary>The codes of the batch.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The bins of all latents; at least 1.</summary>
    public required int Bins { get; init; }

    /// <summary>Bins of equal width; null where there are <see cref="Blocks"/>.</summary>
    public EvenLatentBins? Even { get; init; }

    /// <summary>
    /// Which 64 of the <see cref="Bins"/> are those that <c>FineBins</c> cuts a factor of two into, for each latent and
    /// each factor of two, [DSae, 256]: block i is bins 64·i to 64·i + 63. What falls where the block is negative is
    /// not counted. Null where the bins are <see cref="Even"/>.
    /// </summary>
    public IntBuffer? Blocks { get; init; }

    /// <summary>Rows fall into so many groups, each with counts of its own; at least 1, default 1.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>The group of each row, 0 to <see cref="Groups"/> − 1, [Rows]; null where there is one group.</summary>
    public IntBuffer? RowGroups { get; init; }

    /// <summary>The counts that are added to, [Groups, Bins].</summary>
    public required LongBuffer Counts { get; init; }

    /// <summary>
    /// Receives the middle of the bin that each entry is in, and 0 for one of 0, [entries]; may be the values of the
    /// codes. Only of bins of equal width; null for nobody.
    /// </summary>
    public RealBuffer? Middles { get; init; }

    /// <summary>
    /// Receives the bin that each entry is in, of all <see cref="Bins"/>, and for one of 0 the first of its latent,
    /// [entries]. Only of bins of equal width; null for nobody.
    /// </summary>
    public IntBuffer? Places { get; init; }

    /// <summary>Makes arguments with one group.</summary>
    public AccumulateBinsArguments()
    {
    }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AccumulateBins);
        Shape.RequireLength(Operation, nameof(this.Codes), this.Codes.RowOffsets, this.Rows + 1L);
        Shape.Require(this.Bins >= 1, Operation, $"Bins must be at least 1, but is {this.Bins}.", "Change Bins.");
        Shape.Require(
            this.Even is null != this.Blocks is null,
            Operation,
            $"either Even or Blocks must be given, but {(this.Even is null ? "neither" : "both")} are.",
            "Set one of them.");
        this.Even?.Validate(Operation, this.Latents);
        RequireOptional(Operation, nameof(this.Blocks), this.Blocks, (long)this.Latents * FineBins.Octaves);
        Shape.Require(
            this.Groups >= 1 && (this.Groups == 1 || this.RowGroups is not null),
            Operation,
            $"Groups must be 1, or above it with RowGroups, but is {this.Groups}.",
            "Change Groups, or say the group of each row.");
        RequireOptional(Operation, nameof(this.RowGroups), this.RowGroups, this.Rows);
        Shape.RequireLength(Operation, nameof(this.Counts), this.Counts, (long)this.Groups * this.Bins);
        Shape.Require(
            (this.Middles is null && this.Places is null) || this.Even is not null,
            Operation,
            $"Middles and Places must come with Even, but it is missing.",
            "Set Even, or neither of them.");
        RequireOptional(Operation, nameof(this.Middles), this.Middles, this.Codes.Capacity);
        RequireOptional(Operation, nameof(this.Places), this.Places, this.Codes.Capacity);
    }

    private static void RequireOptional(string operation, string name, DeviceBuffer? buffer, long length)
    {
        if (buffer is not null)
        {
            Shape.RequireLength(operation, name, buffer, length);
        }
    }
}

public partial interface IComputeBackend
{
    /// <summary>Counts each latent's active entries in bins of its own: histograms of latents.</summary>
    /// <remarks>
    /// <para>The even bin of v is ⌊v · s⌋, what lies above the last bin, and NaN, in the last one; its middle is
    /// (bin + ½) · width. The other is that of <c>FineBins</c>. Every operation is rounded to float32, so every backend
    /// counts exactly alike; float64 numbers are rounded to float32 first.</para>
    /// <para>Where entries are told their bins, these are latents of codes of their own, whose sums other operations
    /// make. Counts are 64-bit. An entry of value 0 is not active and not counted.</para>
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void AccumulateBins(in AccumulateBinsArguments arguments);
}
