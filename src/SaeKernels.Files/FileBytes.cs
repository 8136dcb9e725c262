using Microsoft.Win32.SafeHandles;

namespace SaeKernels.Files;

/// <summary>
/// A file that is read at given places. It is never memory-mapped: where a mapped file shrinks the process dies, where
/// a read one shrinks the read comes back short.
/// </summary>
internal sealed class FileBytes : ByteSource
{
    private readonly SafeFileHandle handle;

    private FileBytes(string path, SafeFileHandle handle)
        : base(path, RandomAccess.GetLength(handle))
    {
        this.handle = handle;
    }

    public static FileBytes Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        RequireFile(path);
        try
        {
            return new FileBytes(path, File.OpenHandle(path));
        }
        catch (FileNotFoundException)
        {
            // A link that leads nowhere is there, and what it names is not.
            throw NotFound(path);
        }
    }

    /// <summary>Throws where there is no file.</summary>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static void RequireFile(string path)
    {
        if (!File.Exists(path))
        {
            throw NotFound(path);
        }
    }

    public override void ReadExactly(long offset, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int read = RandomAccess.Read(this.handle, destination[done..], offset + done);
            if (read == 0)
            {
                throw new InvalidDataException(
                    $"{this.Path}: must reach to byte {offset + destination.Length}, but ends after {offset + done}; "
                    + $"it had {this.Length} bytes when it was opened. Write the file again, and not while it is "
                    + "read.");
            }

            done += read;
        }
    }

    public override void Dispose() => this.handle.Dispose();

    private static FileNotFoundException NotFound(string path) =>
        new($"{path}: a file must be here, but there is none. Check the path.", path);
}
