using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SaeKernels.Files;

/// <summary>
/// Writes files that are either complete or not there: under a temporary name in the same folder, flushed to disk, then
/// renamed, then the folder flushed.
/// </summary>
public static class AtomicFile
{
    private const int BufferBytes = 1 << 16;

    /// <summary>
    /// Writes a file. When writing fails, a file that was there stays as it was and nothing new is left behind.
    /// </summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="knownLength">
    /// The bytes that will be written; where the disk has fewer left, nothing is. Null where they are not known.
    /// </param>
    /// <exception cref="ArgumentException">The path is that of a folder.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="IOException">The disk is full or faulty.</exception>
    public static void Write(string path, Action<Stream> write, long? knownLength = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string folder = RequireFolder(path);
        RequireSpace(path, folder, knownLength);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (FileStream stream = Create(path, temporary))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
            FlushFolder(folder);
        }
        catch (IOException exception) when (IsDiskFull(exception))
        {
            throw new IOException(DiskFullText(path, knownLength), exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Writes text as UTF-8 without a byte order mark.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="text">The whole text.</param>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="IOException">The disk is full or faulty.</exception>
    public static void WriteText(string path, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    /// <summary>Returns the folder of a file to write.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">The path is that of a folder.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static string RequireFolder(string path)
    {
        if (Directory.Exists(path))
        {
            throw new ArgumentException($"{path}: must be a file to write, but is a folder. Name a file in it.");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? Path.GetFullPath(path);
        return Directory.Exists(folder)
            ? folder
            : throw new DirectoryNotFoundException(
                $"{path}: the folder {folder} must exist, but does not. Create it, or choose another path.");
    }

    private static FileStream Create(string path, string temporary)
    {
        try
        {
            return new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, BufferBytes);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException || IsReadOnly(exception))
        {
            throw new UnauthorizedAccessException(
                $"{path}: its folder must be writable, but is not. Change its permissions, or choose another path.",
                exception);
        }
    }

    private static bool IsReadOnly(Exception exception)
    {
        const int UnixReadOnly = 30;
        const int WindowsWriteProtected = unchecked((int)0x80070013);
        return exception.HResult is UnixReadOnly or WindowsWriteProtected;
    }

    // A file that cannot fit is not begun: a forged one may ask for more than any disk has.
    private static void RequireSpace(string path, string folder, long? knownLength)
    {
        // .NET tells no sizes of Windows' network shares.
        if (knownLength is not long length || folder.StartsWith(@"\\", StringComparison.Ordinal))
        {
            return;
        }

        DriveInfo drive = new(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder);
        // Some file systems say that they have no size at all.
        if (drive.TotalSize > 0 && drive.AvailableFreeSpace < length)
        {
            throw new IOException(
                $"{path}: {length} bytes must fit on the disk, but it is too full: {drive.AvailableFreeSpace} are "
                + "free. Free some space, or choose another path.");
        }
    }

    private static bool IsDiskFull(IOException exception)
    {
        const int UnixNoSpace = 28;
        const int LinuxQuota = 122;
        const int WindowsHandleDiskFull = unchecked((int)0x80070027);
        const int WindowsDiskFull = unchecked((int)0x80070070);
        return exception.HResult is UnixNoSpace or LinuxQuota or WindowsHandleDiskFull or WindowsDiskFull;
    }

    private static string DiskFullText(string path, long? knownLength) =>
        $"{path}: "
        + (knownLength is long length ? $"{length} bytes must fit on the disk" : "its content must fit on the disk")
        + ", but the disk is full. Free some space, or choose another path.";

    private static void FlushFolder(string folder)
    {
        // Windows writes renames through its journal and has no handle to flush.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        byte[] name = Encoding.UTF8.GetBytes(folder + "\0");
        using SafeFileHandle handle = new(OpenFolder(name, flags: 0), ownsHandle: true);
        if (handle.IsInvalid)
        {
            throw new IOException(
                $"{folder}: must be open to flush it to disk, but the system refuses (error "
                + $"{Marshal.GetLastPInvokeError()}). Make the folder readable.");
        }

        RandomAccess.FlushToDisk(handle);
    }

    // .NET opens files only; flags 0 is O_RDONLY.
    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenFolder(byte[] path, int flags);
}
