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

    private SafetensorsFile(FileBytes bytes, SafetensorsHeader header)
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
}
