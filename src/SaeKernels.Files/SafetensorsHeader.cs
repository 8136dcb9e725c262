using System.Buffers.Binary;
using System.Text.Json;

namespace SaeKernels.Files;

/// <summary>The header of a .safetensors file, checked against the file it stands in.</summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";
    public const int PrefixBytes = 8;
    private const int MaximumBytes = 100_000_000;
    private readonly string path;
    private readonly Dictionary<string, TensorInfo> tensors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> metadata = new(StringComparer.Ordinal);

    private SafetensorsHeader(string path, long dataOffset)
    {
        this.path = path;
        this.DataOffset = dataOffset;
    }

    public long DataOffset { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors => this.tensors;

    public IReadOnlyDictionary<string, string> Metadata => this.metadata;

    public static SafetensorsHeader Read(ByteSource bytes, bool allowShort)
    {
        int length = ReadLength(bytes);
        byte[] text = new byte[length];
        bytes.ReadExactly(PrefixBytes, text);
        SafetensorsHeader header = new(bytes.Path, PrefixBytes + length);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            header.Parse(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"{bytes.Path}: the header must be a JSON object that describes tensors, but is not: "
                + $"{exception.Message} The file is damaged or no safetensors file; write it again.",
                exception);
        }

        header.CheckLayout(bytes.Length, allowShort);
        return header;
    }

    private static int ReadLength(ByteSource bytes)
    {
        if (bytes.Length < PrefixBytes)
        {
            throw new InvalidDataException(
                $"{bytes.Path}: must begin with {PrefixBytes} bytes that hold the length of the header, but has "
                + $"{bytes.Length} bytes. Write the file again.");
        }

        Span<byte> prefix = stackalloc byte[PrefixBytes];
        bytes.ReadExactly(0, prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        ulong limit = (ulong)Math.Min(MaximumBytes, bytes.Length - PrefixBytes);
        return length <= limit
            ? (int)length
            : throw new InvalidDataException(
                $"{bytes.Path}: the header must have at most {limit} bytes ({MaximumBytes} in any file, and it must "
                + $"fit the {bytes.Length} bytes of this one), but its length prefix says {length}. "
                + "The file is cut off, damaged, or no safetensors file; write it again.");
    }

    private void Parse(JsonElement root)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (JsonProperty property in root.EnumerateObject())
        {
            if (!names.Add(property.Name))
            {
                throw Fault($"every name must occur once in the header, but '{property.Name}' occurs twice.");
            }

            if (property.Name == MetadataName)
            {
                ParseMetadata(property.Value);
            }
            else
            {
                this.tensors.Add(property.Name, ParseTensor(property.Name, property.Value));
            }
        }
    }

    private void ParseMetadata(JsonElement element)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
            {
                throw Fault($"{MetadataName} must map text to text, but '{property.Name}' is "
                    + $"{property.Value.ValueKind}.");
            }

            this.metadata[property.Name] = property.Value.GetString()!;
        }
    }

    private TensorInfo ParseTensor(string name, JsonElement element)
    {
        string typeName = Member(name, element, "dtype").GetString() ?? string.Empty;
        if (!TensorTypes.TryParse(typeName, out TensorType type))
        {
            throw Fault($"the dtype of '{name}' must be one of {TensorTypes.AllNames()}, but is '{typeName}'.");
        }

        long[] shape = Numbers(name, element, "shape");
        long[] offsets = Numbers(name, element, "data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1] || offsets[1] > long.MaxValue - this.DataOffset)
        {
            throw Fault($"data_offsets of '{name}' must be [begin, end] with begin <= end, but is "
                + $"{TensorInfo.TextOf(offsets)}.");
        }

        long needed = TensorInfo.BytesOf(shape, type)
            ?? throw Fault($"the shape of '{name}' must have fewer than 2^63 bytes, but is "
                + $"{TensorInfo.TextOf(shape)}.");
        long found = offsets[1] - offsets[0];
        return needed == found
            ? new TensorInfo(name, type, shape, this.DataOffset + offsets[0], needed)
            : throw Fault(
                $"'{name}' of type {typeName} and shape {TensorInfo.TextOf(shape)} must have {needed} bytes, "
                + $"but data_offsets give it {found}.");
    }

    private JsonElement Member(string name, JsonElement element, string member) =>
        element.TryGetProperty(member, out JsonElement value)
            ? value
            : throw Fault($"'{name}' must have dtype, shape and data_offsets, but {member} is missing.");

    private long[] Numbers(string name, JsonElement element, string member)
    {
        JsonElement list = Member(name, element, member);
        long[] numbers = new long[list.GetArrayLength()];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (!list[i].TryGetInt64(out numbers[i]) || numbers[i] < 0)
            {
                throw Fault(
                    $"{member} of '{name}' must hold whole numbers from 0 to 2^63 - 1, but number {i} is "
                    + $"{Excerpt(list[i])}.");
            }
        }

        return numbers;
    }

    private static string Excerpt(JsonElement element)
    {
        const int Limit = 40;
        string text = element.GetRawText();
        return text.Length <= Limit ? text : text[..Limit] + "…";
    }

    private void CheckLayout(long fileLength, bool allowShort)
    {
        long end = this.DataOffset;
        string before = "the header";
        foreach (TensorInfo tensor in this.tensors.Values.OrderBy(t => t.Offset).ThenBy(t => t.ByteLength))
        {
            if (tensor.Offset != end)
            {
                throw Fault(
                    $"'{tensor.Name}' must begin where {before} ends, at byte {end}, but begins at {tensor.Offset}: "
                    + (tensor.Offset < end ? "they overlap." : "there is a hole between them."));
            }

            end += tensor.ByteLength;
            before = $"'{tensor.Name}'";
        }

        if (fileLength > end || (fileLength < end && !allowShort))
        {
            throw Fault($"must have {end} bytes as its header says, but has {fileLength}.");
        }
    }

    private InvalidDataException Fault(string text) => new($"{this.path}: {text} Write the file again.");
}
