using System.Buffers.Binary;
using System.Text;

namespace SaeKernels.Files;

/// <summary>Where the entries of a zip archive lie that are stored without compression.</summary>
/// <remarks>
/// .NET's archives hand out streams, not places; weights are read at places. Source of the format: PKWARE's
/// APPNOTE.TXT, version 6.3, §4.3 to §4.5.
/// </remarks>
internal static class ZipDirectory
{
    private const uint LocalMark = 0x04034b50;
    private const uint EntryMark = 0x02014b50;
    private const uint EndMark = 0x06054b50;
    private const uint LongEndMark = 0x06064b50;
    private const uint LongEndLocatorMark = 0x07064b50;
    private const int LocalBytes = 30;
    private const int EntryBytes = 46;
    private const int EndBytes = 22;
    private const int LongEndBytes = 56;
    private const int LocatorBytes = 20;
    private const int MostComment = ushort.MaxValue;
    private const int MostDirectoryBytes = 100_000_000;

    /// <summary>Returns first byte and length of each entry by name.</summary>
    /// <exception cref="InvalidDataException">It is no archive, or an entry is compressed or cut off.</exception>
    public static Dictionary<string, (long Offset, long Length)> Read(ByteSource bytes)
    {
        ReadOnlySpan<byte> directory = ReadDirectory(bytes);
        Dictionary<string, (long Offset, long Length)> entries = new(StringComparer.Ordinal);
        while (directory.Length >= EntryBytes && Number(directory, 0) == EntryMark)
        {
            int name = Short(directory, 28);
            int extra = Short(directory, 30);
            int length = EntryBytes + name + extra + Short(directory, 32);
            if (length > directory.Length)
            {
                throw Broken(bytes, "a directory of whole entries", "a cut-off one");
            }

            string text = Encoding.UTF8.GetString(directory.Slice(EntryBytes, name));
            entries[text] = Place(bytes, text, directory[..EntryBytes], directory.Slice(EntryBytes + name, extra));
            directory = directory[length..];
        }

        return entries;
    }

    private static ReadOnlySpan<byte> ReadDirectory(ByteSource bytes)
    {
        byte[] tail = new byte[(int)Math.Min(bytes.Length, EndBytes + MostComment + LocatorBytes)];
        bytes.ReadExactly(bytes.Length - tail.Length, tail);
        int end = tail.Length - EndBytes;
        while (end >= 0 && Number(tail, end) != EndMark)
        {
            end--;
        }

        if (end < 0)
        {
            throw Broken(bytes, "a zip archive, as torch.save writes since PyTorch 1.6", "none, or a cut-off one");
        }

        (long length, long offset) = (Number(tail, end + 12), Number(tail, end + 16));
        int locator = end - LocatorBytes;
        if (locator >= 0 && Number(tail, locator) == LongEndLocatorMark)
        {
            (length, offset) = ReadLongEnd(bytes, Long(tail, locator + 8));
        }

        if (length is < 0 or > MostDirectoryBytes || offset < 0 || offset > bytes.Length - length)
        {
            throw Broken(bytes, "a directory inside the file", $"one of {length} bytes at {offset}");
        }

        byte[] directory = new byte[length];
        bytes.ReadExactly(offset, directory);
        return directory;
    }

    private static (long Length, long Offset) ReadLongEnd(ByteSource bytes, long place)
    {
        byte[] end = new byte[LongEndBytes];
        if (place < 0 || place > bytes.Length - end.Length)
        {
            throw Broken(bytes, "its zip64 end record inside the file", $"one at {place}");
        }

        bytes.ReadExactly(place, end);
        return Number(end, 0) == LongEndMark
            ? (Long(end, 40), Long(end, 48))
            : throw Broken(bytes, $"a zip64 end record at {place}", "none");
    }

    private static (long Offset, long Length) Place(
        ByteSource bytes, string name, ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra)
    {
        const int Stored = 0;
        if (Short(entry, 10) != Stored || (Short(entry, 8) & 1) != 0)
        {
            throw Broken(bytes, $"{name} stored as it is", "a compressed or encrypted one");
        }

        (long length, long local) = (Number(entry, 24), Number(entry, 42));
        ReadOnlySpan<byte> numbers = LongNumbers(extra);
        if (length == uint.MaxValue && numbers.Length >= 8)
        {
            length = Long(numbers, 0);
            numbers = numbers[8..];
        }

        if (Number(entry, 20) == uint.MaxValue && numbers.Length >= 8)
        {
            numbers = numbers[8..];
        }

        if (local == uint.MaxValue && numbers.Length >= 8)
        {
            local = Long(numbers, 0);
        }

        byte[] header = new byte[LocalBytes];
        if (local < 0 || local > bytes.Length - LocalBytes)
        {
            throw Broken(bytes, $"{name} inside the file", $"one at {local}");
        }

        bytes.ReadExactly(local, header);
        long offset = local + LocalBytes + Short(header, 26) + Short(header, 28);
        return Number(header, 0) == LocalMark && length >= 0 && length <= bytes.Length - offset
            ? (offset, length)
            : throw Broken(bytes, $"{name} of {length} bytes inside the file", $"one at {offset}");
    }

    /// <summary>The 64-bit numbers that did not fit an entry: size, compressed size, place, as far as needed.</summary>
    private static ReadOnlySpan<byte> LongNumbers(ReadOnlySpan<byte> extra)
    {
        const int LongNumbersId = 1;
        while (extra.Length >= 4)
        {
            int length = Math.Min(Short(extra, 2), extra.Length - 4);
            if (Short(extra, 0) == LongNumbersId)
            {
                return extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return [];
    }

    private static int Short(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Number(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Long(ReadOnlySpan<byte> bytes, int at) =>
        BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private static InvalidDataException Broken(ByteSource bytes, string wanted, string found) => new(
        $"{bytes.Path}: must hold {wanted}, but holds {found}. Write the file again.");
}
