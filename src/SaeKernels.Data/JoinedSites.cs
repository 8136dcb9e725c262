using System.Buffers;
using System.Runtime.InteropServices;

namespace SaeKernels.Data;

/// <summary>Stores of several sites whose vectors lie side by side: row r of the whole is row r of each of them.
/// </summary>
internal static class JoinedSites
{
    private const int ScanRows = 1 << 16;

    /// <summary>Throws unless stores belong together row by row.</summary>
    /// <exception cref="ArgumentException">There is no store.</exception>
    /// <exception cref="InvalidDataException">They differ in vectors or documents.</exception>
    public static void Require(IReadOnlyList<ActivationStore> sites)
    {
        if (sites.Count == 0)
        {
            throw new ArgumentException(
                "ActivationStore: at least 1 site must be joined, but there is none. Pass some.");
        }

        foreach (ActivationStore site in sites.Skip(1))
        {
            if (site.Count != sites[0].Count)
            {
                throw new InvalidDataException(
                    $"{Names(site)}: must have as many vectors as {Names(sites[0])}, {sites[0].Count}, one for each of "
                    + $"the same tokens, but has {site.Count}. Record both sites in one pass.");
            }
        }

        List<ActivationStore> withDocuments = [.. sites.Where(site => site.HasDocuments)];
        foreach (ActivationStore site in withDocuments.Skip(1))
        {
            RequireDocuments(withDocuments[0], site);
        }
    }

    /// <summary>Reads consecutive vectors of all sites in float32.</summary>
    public static void Read(IReadOnlyList<ActivationStore> sites, long firstRow, Span<float> rows) =>
        Interleave(sites, rows, (site, part) => site.Read(firstRow, part));

    /// <summary>Reads consecutive vectors of all sites, which all store 16-bit numbers of the same type.</summary>
    public static void ReadWords(IReadOnlyList<ActivationStore> sites, long firstRow, Span<ushort> rows) =>
        Interleave(sites, rows, (site, part) => site.ReadStored(firstRow, MemoryMarshal.AsBytes(part)));

    private static void Interleave<T>(IReadOnlyList<ActivationStore> sites, Span<T> rows, SiteReader<T> read)
        where T : unmanaged
    {
        int width = sites.Sum(site => site.DIn);
        int count = rows.Length / width;
        int first = 0;
        foreach (ActivationStore site in sites)
        {
            T[] rented = ArrayPool<T>.Shared.Rent(count * site.DIn);
            Span<T> part = rented.AsSpan(0, count * site.DIn);
            read(site, part);
            for (int row = 0; row < count; row++)
            {
                part.Slice(row * site.DIn, site.DIn).CopyTo(rows[((row * width) + first)..]);
            }

            ArrayPool<T>.Shared.Return(rented);
            first += site.DIn;
        }
    }

    private static void RequireDocuments(ActivationStore wanted, ActivationStore site)
    {
        long[] expected = new long[(int)Math.Min(ScanRows, wanted.Count)];
        long[] found = new long[expected.Length];
        for (long first = 0; first < wanted.Count; first += expected.Length)
        {
            int count = (int)Math.Min(expected.Length, wanted.Count - first);
            wanted.ReadDocumentIds(first, expected.AsSpan(0, count));
            site.ReadDocumentIds(first, found.AsSpan(0, count));
            int same = expected.AsSpan(0, count).CommonPrefixLength(found.AsSpan(0, count));
            if (same < count)
            {
                throw new InvalidDataException(
                    $"{Names(site)}: 'doc_ids' must be those of {Names(wanted)}, but row {first + same} is of document "
                    + $"{found[same]}, not {expected[same]}. Record both sites in one pass, in the same order.");
            }
        }
    }

    private static string Names(ActivationStore store) => string.Join(", ", store.Paths);

    private delegate void SiteReader<T>(ActivationStore site, Span<T> part);
}
