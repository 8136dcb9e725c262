using System.Buffers.Binary;
using System.Text.Json;

namespace SaeKernels.Files;

/// <summary>Writes .safetensors files.</summary>
public static class SafetensorsWriter
{
    private const int Alignment = 8;

    /// <summary>Writes tensors to a file, which appears under its name only once it is complete and on disk.</summary>
    /// <remarks>
    /// Tensors of larger elements come first, otherwise the given order stays: every tensor is then aligned to its
    /// element, as readers that map the file expect.
    /// </remarks>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="tensors">The tensors.</param>
    /// <param name="metadata">Free text by key, or null.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is <c>__metadata__</c>.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Write(
        string path,
        IReadOnlyList<TensorContent> tensors,
        IReadOnlyDictionary<string, string>? metadata = null)
    {
        (byte[] header, TensorContent[] ordered) = Arrange(path, tensors, metadata);
        long length = checked(header.Length + ordered.Sum(t => t.ByteLength));
        AtomicFile.Write(path, stream => WriteTo(stream, header, ordered), length);
    }

    /// <summary>The bytes before the first tensor, and the tensors in the order of the file.</summary>
    internal static (byte[] Header, TensorContent[] Tensors) Arrange(
        string path, IReadOnlyList<TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        RequireNames(path, tensors);
        TensorContent[] ordered = [.. tensors.OrderByDescending(t => TensorTypes.SizeOf(t.Type))];
        return (MakeHeader(ordered, metadata), ordered);
    }

    private static void RequireNames(string path, IReadOnlyList<TensorContent> tensors)
    {
        HashSet<string> names = new(StringComparer.Ordinal) { SafetensorsHeader.MetadataName };
        foreach (TensorContent tensor in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw new ArgumentException(
                    $"{path}: tensor names must differ from each other and from {SafetensorsHeader.MetadataName}, but "
                    + $"'{tensor.Name}' does not. Rename it.");
            }
        }
    }

    private static byte[] MakeHeader(TensorContent[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using MemoryStream text = new();
        text.Write(stackalloc byte[SafetensorsHeader.PrefixBytes]);
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                WriteMetadata(json, metadata);
            }

            long offset = 0;
            foreach (TensorContent tensor in tensors)
            {
                WriteTensor(json, tensor, offset);
                offset += tensor.ByteLength;
            }

            json.WriteEndObject();
        }

        while (text.Length % Alignment != 0)
        {
            text.WriteByte((byte)' ');
        }

        byte[] header = text.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(header, header.Length - SafetensorsHeader.PrefixBytes);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        json.WriteStartObject(SafetensorsHeader.MetadataName);
        foreach ((string key, string value) in metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteTensor(Utf8JsonWriter json, TensorContent tensor, long offset)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", TensorTypes.NameOf(tensor.Type));
        json.WriteStartArray("shape");
        foreach (long dimension in tensor.Shape)
        {
            json.WriteNumberValue(dimension);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(offset);
        json.WriteNumberValue(offset + tensor.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteTo(Stream stream, byte[] header, TensorContent[] tensors)
    {
        stream.Write(header);
        foreach (TensorContent tensor in tensors)
        {
            tensor.WriteTo(stream);
        }
    }
}
