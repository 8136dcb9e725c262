namespace SaeKernels.Files;

/// <summary>The bytes of a file, wherever they come from; read by several threads at once.</summary>
internal abstract class ByteSource : IDisposable
{
    protected ByteSource(string path, long length)
    {
        this.Path = path;
        this.Length = length;
    }

    public string Path { get; }

    /// <summary>The bytes of the file when it was opened.</summary>
    public long Length { get; }

    /// <summary>Reads so many bytes that begin at a place.</summary>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    public abstract void ReadExactly(long offset, Span<byte> destination);

    public abstract void Dispose();
}
