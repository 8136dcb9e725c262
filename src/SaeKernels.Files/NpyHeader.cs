using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SaeKernels.Files;

/// <summary>The header of an .npy file, checked against the file it stands in.</summary>
internal static partial class NpyHeader
{
    private const string ArrayName = "array";
    private const int MagicBytes = 8;
    private const int MaximumBytes = 1 << 20;
    private const int Alignment = 64;

    private static readonly Dictionary<string, TensorType> Types = new(StringComparer.Ordinal)
    {
        ["<f4"] = TensorType.F32,
        ["<f2"] = TensorType.F16,
        ["<f8"] = TensorType.F64,
        ["<i8"] = TensorType.I64,
        ["<i4"] = TensorType.I32,
        ["<i2"] = TensorType.I16,
        ["|i1"] = TensorType.I8,
        ["<u8"] = TensorType.U64,
        ["<u4"] = TensorType.U32,
        ["<u2"] = TensorType.U16,
        ["|u1"] = TensorType.U8,
        ["|b1"] = TensorType.Bool,
    };

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    public static TensorInfo Read(ByteSource bytes, bool allowShort)
    {
        (string text, long dataOffset) = ReadText(bytes);
        string descr = Field(bytes.Path, text, "descr", DescrPattern());
        string order = Field(bytes.Path, text, "fortran_order", OrderPattern());
        string shapeText = Field(bytes.Path, text, "shape", ShapePattern());
        TensorType type = ParseType(bytes.Path, descr);
        long[] shape = ParseShape(bytes.Path, shapeText);
        if (order == "True")
        {
            throw new InvalidDataException(
                $"{bytes.Path}: must be in C order (fortran_order False), but is in Fortran order. "
                + "Save numpy.ascontiguousarray(array) instead.");
        }

        long length = TensorInfo.BytesOf(shape, type)
            ?? throw Fault(bytes.Path, "the shape must have fewer than 2^63 bytes, but is "
                + $"{TensorInfo.TextOf(shape)}.");
        long found = bytes.Length - dataOffset;
        if (found > length || (found < length && !allowShort))
        {
            throw Fault(
                bytes.Path,
                $"must have {length} bytes after its header for shape {TensorInfo.TextOf(shape)}, but has {found}.");
        }

        return new TensorInfo(ArrayName, type, shape, dataOffset, length);
    }

    public static byte[] Make(string path, TensorType type, IReadOnlyList<long> shape)
    {
        string? descr = Types.FirstOrDefault(pair => pair.Value == type).Key
            ?? throw new ArgumentException($"{path}: an .npy file cannot hold {type}. Pass F32 or F16, or write "
                + "safetensors.");
        string dimensions = string.Join(", ", shape) + (shape.Count == 1 ? "," : string.Empty);
        string text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({dimensions}), }}";
        int used = MagicBytes + sizeof(ushort) + text.Length + 1;
        text = text + new string(' ', (Alignment - (used % Alignment)) % Alignment) + "\n";
        byte[] header = new byte[MagicBytes + sizeof(ushort) + text.Length];
        WriteMagic(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(MagicBytes), (ushort)text.Length);
        Encoding.ASCII.GetBytes(text, header.AsSpan(MagicBytes + sizeof(ushort)));
        return header;
    }

    private static void WriteMagic(Span<byte> header)
    {
        Magic.CopyTo(header);
        header[Magic.Length] = 1;
        header[Magic.Length + 1] = 0;
    }

    private static (string Text, long DataOffset) ReadText(ByteSource bytes)
    {
        byte[] start = new byte[MagicBytes + sizeof(uint)];
        if (bytes.Length < start.Length)
        {
            throw Fault(bytes.Path, $"must begin with a header of at least {start.Length} bytes, but has "
                + $"{bytes.Length}.");
        }

        bytes.ReadExactly(0, start);
        if (!start.AsSpan().StartsWith(Magic))
        {
            throw Fault(bytes.Path, "must begin with the mark \\x93NUMPY, but does not; it is no .npy file.");
        }

        int version = start[Magic.Length];
        if (version is < 1 or > 3)
        {
            throw Fault(bytes.Path, $"must be of format version 1, 2 or 3, but is of version {version}.");
        }

        int lengthBytes = version == 1 ? sizeof(ushort) : sizeof(uint);
        uint length = version == 1
            ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(MagicBytes))
            : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(MagicBytes));
        int offset = MagicBytes + lengthBytes;
        long limit = Math.Min(MaximumBytes, bytes.Length - offset);
        if (length > limit)
        {
            throw Fault(
                bytes.Path,
                $"the header must have at most {limit} bytes ({MaximumBytes} in any file, and it must fit the "
                + $"{bytes.Length} bytes of this one), but its length field says {length}.");
        }

        byte[] text = new byte[length];
        bytes.ReadExactly(offset, text);
        return (Encoding.UTF8.GetString(text), offset + length);
    }

    private static string Field(string path, string text, string name, Regex pattern)
    {
        Match match = pattern.Match(text);
        return match.Success
            ? match.Groups[1].Value
            : throw Fault(path, $"the header must name a plain {name}, but reads {Excerpt(text.Trim())}.");
    }

    private static string Excerpt(string text)
    {
        const int Limit = 200;
        return text.Length <= Limit ? text : text[..Limit] + "…";
    }

    private static TensorType ParseType(string path, string descr)
    {
        if (Types.TryGetValue(descr, out TensorType type))
        {
            return type;
        }

        string wanted = $"the element type must be one of {string.Join(" ", Types.Keys)}";
        throw new InvalidDataException(
            descr.StartsWith('>')
                ? $"{path}: {wanted}, but is {descr}, which is big-endian. Save array.astype('<{descr[1..]}') instead."
                : $"{path}: {wanted}, but is {descr}. Save array.astype('<f4') instead.");
    }

    private static long[] ParseShape(string path, string text)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        long[] shape = new long[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out shape[i]))
            {
                throw Fault(path, $"the shape must hold whole numbers from 0 to 2^63 - 1, but is ({text}).");
            }
        }

        return shape;
    }

    private static InvalidDataException Fault(string path, string text) => new($"{path}: {text} Write the file again.");

    [GeneratedRegex("""['"]descr['"]\s*:\s*['"]([^'"]*)['"]""")]
    private static partial Regex DescrPattern();

    [GeneratedRegex("""['"]fortran_order['"]\s*:\s*(True|False)""")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("""['"]shape['"]\s*:\s*\(([^()]*)\)""")]
    private static partial Regex ShapePattern();
}
