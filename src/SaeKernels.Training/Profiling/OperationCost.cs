namespace SaeKernels.Training;

/// <summary>The work and the traffic of an operation on given arguments, as docs/kernels.md counts them.</summary>
public sealed record OperationCost
{
    /// <summary>The sizes of the arguments, for people.</summary>
    public required string Shape { get; init; }

    /// <summary>Floating-point operations; a multiply-add counts as two.</summary>
    public required double Flop { get; init; }

    /// <summary>Bytes of what is read or written in order, each element once.</summary>
    public required double StreamedBytes { get; init; }

    /// <summary>Bytes of the matrix rows that active entries ask for, one row an entry; caches may hold them.</summary>
    public double GatheredBytes { get; init; }

    /// <summary>Bytes of these rows when each is fetched once: what memory must deliver at the least.</summary>
    public double DistinctBytes { get; init; }

    /// <summary>Whether the products may be computed in the precision of the backend's encoders.</summary>
    public bool IsEncoder { get; init; }

    /// <summary>Bytes that the arithmetic takes in and gives out, caches included.</summary>
    public double MovedBytes => this.StreamedBytes + this.GatheredBytes;

    /// <summary>Bytes that memory must move at the least.</summary>
    public double LeastBytes => this.StreamedBytes + this.DistinctBytes;
}
