using System.Buffers;
using System.Text;
using System.Text.Json;

namespace SaeKernels.Report;

/// <summary>Reads the pieces of a vocabulary, or the words of a list.</summary>
public static class PieceFile
{
    // A vocabulary of a million pieces has some tens of megabytes.
    private const long MostBytes = 1L << 30;

    /// <summary>Reads a JSON list of texts, a JSON object of text and number, or lines of text.</summary>
    /// <remarks>
    /// In a text file bytes that are not UTF-8 become <c>\xNN</c>, so that they can be seen. A piece that nobody has a
    /// number for is empty.
    /// </remarks>
    /// <param name="path">The file; JSON where its name ends in <c>.json</c>.</param>
    /// <returns>The pieces by their number.</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is none of these, or too large.</exception>
    public static IReadOnlyList<string> Read(string path)
    {
        byte[] bytes = ReadBytes(path);
        return Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? ReadJson(path, bytes)
            : ReadLines(path, bytes);
    }

    internal static byte[] ReadBytes(string path)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new FileNotFoundException($"{path}: must exist, but does not. Name a file that is there.");
        }

        return file.Length <= MostBytes
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException(
                $"{path}: must have at most {MostBytes} bytes, but has {file.Length}. Name a list of pieces.");
    }

    /// <summary>Decodes UTF-8 and shows other bytes as <c>\xNN</c>.</summary>
    internal static string Decode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length);
        while (!bytes.IsEmpty)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed);
            if (status == OperationStatus.Done)
            {
                text.Append(rune);
            }
            else
            {
                foreach (byte broken in bytes[..consumed])
                {
                    text.Append("\\x").Append(broken.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    private static List<string> ReadLines(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || bytes.Contains((byte)0))
        {
            string found = bytes.IsEmpty ? "is empty" : $"has a byte 0 at {bytes.IndexOf((byte)0)}";
            throw new InvalidDataException(
                $"{path}: must be text with one piece a line, but {found}. Name such a file, or JSON with the ending "
                + ".json.");
        }

        List<string> lines = [];
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? bytes : bytes[..end];
            lines.Add(Decode(line.EndsWith("\r"u8) ? line[..^1] : line));
            bytes = end < 0 ? [] : bytes[(end + 1)..];
        }

        return lines;
    }

    private static string[] ReadJson(string path, byte[] bytes)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind switch
            {
                JsonValueKind.Array => [.. document.RootElement.EnumerateArray().Select(TextOf)],
                JsonValueKind.Object => ReadNumbers(path, document.RootElement),
                _ => throw Broken(path, $"is {document.RootElement.ValueKind}", null),
            };
        }
        catch (JsonException exception)
        {
            throw Broken(path, $"is broken: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    // Half a surrogate pair has no text; its escape is what can be shown of it.
    private static string TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
        {
            return element.GetRawText();
        }

        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return element.GetRawText().Trim('"');
        }
    }

    private static string[] ReadNumbers(string path, JsonElement map)
    {
        const int Most = 1 << 24;
        List<(int Number, string Piece)> pieces = [];
        foreach (JsonProperty property in map.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Number
                || !property.Value.TryGetInt32(out int number) || number is < 0 or >= Most)
            {
                string found = property.Value.ValueKind == JsonValueKind.Number
                    ? $"the number {property.Value.GetRawText()}"
                    : $"no number but a JSON {property.Value.ValueKind}";
                throw Broken(path, $"gives '{property.Name}' {found}", null);
            }

            pieces.Add((number, property.Name));
        }

        string[] result = new string[pieces.Select(piece => piece.Number + 1).DefaultIfEmpty(0).Max()];
        Array.Fill(result, string.Empty);
        pieces.ForEach(piece => result[piece.Number] = piece.Piece);
        return result;
    }

    private static InvalidDataException Broken(string path, string found, Exception? cause) => new(
        $"{path}: must be a JSON list of texts, or an object of text and number, but {found}. "
        + "Write it so, or one piece a line in a .txt file.",
        cause);
}
