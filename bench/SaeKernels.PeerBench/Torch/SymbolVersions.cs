using System.Buffers.Binary;
using System.Text;

namespace SaeKernels.PeerBench;

/// <summary>Reads and changes which symbol versions a 64-bit little-endian ELF library demands of others.</summary>
/// <remarks>
/// The loader refuses a library that demands a version its dependency does not have, unless the demand is marked weak.
/// Source: ELF gABI (headers); Drepper, "ELF Symbol Versioning" (Verneed and Vernaux).
/// </remarks>
internal static class SymbolVersions
{
    private const ulong Magic = 0x00010102464C457F; // 0x7F "ELF", 64 bits, little-endian, version 1, System V ABI
    private const int SectionTableAddress = 0x28;
    private const int SectionSize = 0x3A;
    private const int SectionCount = 0x3C;
    private const uint NeededVersionsType = 0x6FFFFFFE;
    private const ushort WeakFlag = 2;

    /// <summary>Marks a demanded version as weak.</summary>
    /// <param name="library">The bytes of the library; changed in place.</param>
    /// <param name="version">The name of the version, such as GLIBCXX_3.4.32.</param>
    /// <returns>Whether the library demands that version at all.</returns>
    /// <exception cref="InvalidDataException">The bytes are no such library.</exception>
    public static bool MarkWeak(Span<byte> library, string version)
    {
        if (library.Length < 0x40 || BinaryPrimitives.ReadUInt64LittleEndian(library) != Magic)
        {
            throw new InvalidDataException(
                "SymbolVersions: the library must be a 64-bit little-endian ELF file, but its header is another. "
                + "Restore the package again.");
        }

        bool found = false;
        int sections = ReadInt64(library, SectionTableAddress);
        int size = ReadUInt16(library, SectionSize);
        for (int section = 0; section < ReadUInt16(library, SectionCount); section++)
        {
            int header = sections + (section * size);
            if (ReadUInt32(library, header + 4) == NeededVersionsType)
            {
                int strings = sections + ((int)ReadUInt32(library, header + 40) * size);
                found |= MarkIn(library, ReadInt64(library, header + 24), ReadInt64(library, strings + 24), version);
            }
        }

        return found;
    }

    // A Verneed names a library and heads a list of Vernaux, one for each version demanded of it.
    private static bool MarkIn(Span<byte> library, int verneed, int names, string version)
    {
        bool found = false;
        for (int next = -1; next != 0; verneed += next)
        {
            int vernaux = verneed + (int)ReadUInt32(library, verneed + 8);
            for (int count = ReadUInt16(library, verneed + 2); count > 0; count--)
            {
                if (NameAt(library, names + (int)ReadUInt32(library, vernaux + 8)) == version)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(library[(vernaux + 4)..], WeakFlag);
                    found = true;
                }

                vernaux += (int)ReadUInt32(library, vernaux + 12);
            }

            next = (int)ReadUInt32(library, verneed + 12);
        }

        return found;
    }

    private static string NameAt(ReadOnlySpan<byte> library, int address)
    {
        ReadOnlySpan<byte> name = library[address..];
        return Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
    }

    private static ushort ReadUInt16(ReadOnlySpan<byte> library, int address) =>
        BinaryPrimitives.ReadUInt16LittleEndian(library[address..]);

    private static uint ReadUInt32(ReadOnlySpan<byte> library, int address) =>
        BinaryPrimitives.ReadUInt32LittleEndian(library[address..]);

    private static int ReadInt64(ReadOnlySpan<byte> library, int address) =>
        checked((int)BinaryPrimitives.ReadInt64LittleEndian(library[address..]));
}
