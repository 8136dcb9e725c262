using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Entries of a latent that a group takes one by one: those before its segments and after them.</summary>
internal struct EntryRange
{
    /// <summary>The first entry, and how many follow one another.</summary>
    public int First;
    public int Head;

    /// <summary>The first entry after the segments.</summary>
    public int Tail;

    /// <summary>How many there are in all.</summary>
    public int Count;

    /// <summary>The segments in between: those that lie in the latent as a whole.</summary>
    public int FirstSegment;
    public int EndSegment;

    /// <summary>The entries of a latent; called in kernels.</summary>
    public static EntryRange OfLatent(LatentEntries entries, int latent)
    {
        int first = entries.Offsets[latent];
        int end = entries.Offsets[latent + 1];
        int firstSegment = (first + entries.SegmentLength - 1) / entries.SegmentLength;
        int endSegment = end / entries.SegmentLength;
        int headEnd = IntrinsicMath.Min(end, firstSegment * entries.SegmentLength);
        int tail = IntrinsicMath.Max(headEnd, endSegment * entries.SegmentLength);
        return new EntryRange
        {
            First = first,
            Head = headEnd - first,
            Tail = tail,
            Count = headEnd - first + (end - tail),
            FirstSegment = firstSegment,
            EndSegment = endSegment,
        };
    }

    /// <summary>The i-th entry.</summary>
    public static int Entry(EntryRange range, int i) =>
        i < range.Head ? range.First + i : range.Tail + (i - range.Head);
}
