namespace SaeKernels.Training;

/// <summary>A folder that one process works in; a second one would remove and mix what the first writes.</summary>
/// <remarks>The system lets go of it with the process, however that ends.</remarks>
public sealed class RunFolderLock : IDisposable
{
    private const string FileName = ".lock";

    private readonly string folder;
    private readonly bool isNew;
    private readonly FileStream file;

    /// <summary>Takes a folder until it is disposed. A folder that is not there is made.</summary>
    /// <param name="folder">The folder of a run, or of several.</param>
    /// <exception cref="IOException">Another process has it, or it cannot be written.</exception>
    public RunFolderLock(RunFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        this.folder = folder.Path;
        this.isNew = !Directory.Exists(this.folder);
        string path = Path.Combine(this.folder, FileName);
        try
        {
            Directory.CreateDirectory(this.folder);
            this.file = new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                File.Exists(path)
                    ? $"{this.folder}: must be worked in by one process at a time, but another one has {FileName} "
                        + $"there: {exception.Message} Wait for it, or choose another folder."
                    : $"{this.folder}: must be a folder that can be written, but cannot be: {exception.Message} "
                        + "Choose another folder, or change its permissions.",
                exception);
        }
    }

    /// <summary>Lets go of the folder, and removes it where it was made for a run that did not begin.</summary>
    public void Dispose()
    {
        this.file.Dispose();
        if (this.isNew && !Directory.EnumerateFileSystemEntries(this.folder).Any())
        {
            Directory.Delete(this.folder);
        }
    }
}
