namespace SaeKernels.Files;

/// <summary>A .safetensors file, opened for reading.</summary>
/// <remarks>
/// Source of the format: https://github.com/huggingface/safetensors. Tensors must cover the bytes after the header
/// without a gap or an overlap, and the header may have at most 100,000,000 bytes, as that project demands.
/// </remarks>
public sealed class SafetensorsFile : TensorFile
{
    /// <summary>The extension of such files.</summary>
    public const string Extension = ".safetensors";

    private SafetensorsFile(ByteSource bytes, SafetensorsHeader header)
        : base(bytes, header.DataOffset, header.Tensors, header.Metadata)
    {
    }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowShort">
    /// Whether the file may end before its last element; see <see cref="TensorFile.AvailableElements"/>.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file breaks the format.</exception>
    public static new SafetensorsFile Open(string path, bool allowShort = false)
    {
        FileBytes bytes = FileBytes.Open(path);
        try
        {
            return new SafetensorsFile(bytes, SafetensorsHeader.Read(bytes, allowShort));
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a file that is not there: its bytes are those that <see cref="SafetensorsWriter.Write"/> would write, made
    /// when they are read.
    /// </summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="tensors">The tensors. Pieces are asked for in any order, again and by several threads.</param>
    /// <param name="metadata">Free text by key, or null.</param>
    /// <exception cref="ArgumentException">A name occurs twice or is <c>__metadata__</c>.</exception>
    public static SafetensorsFile OfContent(
        string path, IReadOnlyList<TensorContent> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        (byte[] header, TensorContent[] ordered) = SafetensorsWriter.Arrange(path, tensors, metadata);
        ContentBytes bytes = new(path, header, ordered);
        return new SafetensorsFile(bytes, SafetensorsHeader.Read(bytes, allowShort: false));
    }
}
