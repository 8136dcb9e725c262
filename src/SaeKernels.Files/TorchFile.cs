using System.Text;

namespace SaeKernels.Files;

/// <summary>
/// A PyTorch file with a dictionary of tensors, as <c>torch.save(model.state_dict(), path)</c> writes it.
/// </summary>
/// <remarks>
/// A zip archive with a pickle, which is read as data and never executed, and the elements of each storage as they
/// are. Entries of the dictionary that are no tensors are left out. Tensors are row-major, or matrices whose transpose
/// is: those are named by <see cref="ColumnMajor"/>, and their elements are read in the order in which they are stored.
/// </remarks>
public sealed class TorchFile : TensorFile
{
    /// <summary>The extension of such files.</summary>
    public const string Extension = ".pt";

    private const int MostPickleBytes = 100_000_000;
    private const string PickleName = "/data.pkl";

    private TorchFile(ByteSource bytes, Dictionary<string, TensorInfo> tensors, HashSet<string> columnMajor)
        : base(
            bytes,
            tensors.Values.Select(tensor => tensor.Offset).DefaultIfEmpty(bytes.Length).Min(),
            tensors,
            new Dictionary<string, string>(StringComparer.Ordinal)) => this.ColumnMajor = columnMajor;

    /// <summary>The names of the matrices that are stored column after column.</summary>
    public IReadOnlySet<string> ColumnMajor { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// It is no such file, is cut off, or a tensor is of another type or neither row-major nor column-major.
    /// </exception>
    public static TorchFile Open(string path)
    {
        FileBytes bytes = FileBytes.Open(path);
        try
        {
            Dictionary<string, (long Offset, long Length)> entries = ZipDirectory.Read(bytes);
            string pickle = entries.Keys.FirstOrDefault(name => name.EndsWith(PickleName, StringComparison.Ordinal))
                ?? throw new InvalidDataException(
                    $"{path}: must hold an entry data.pkl, but holds {string.Join(", ", entries.Keys)}. Write the "
                    + "file with torch.save.");
            string folder = pickle[..^PickleName.Length];
            RequireLittleEndian(bytes, entries, $"{folder}/byteorder");
            TorchState state = new(path, $"{folder}/data/", entries);
            state.Read(ReadEntry(bytes, pickle, entries[pickle]));
            return new TorchFile(bytes, state.Tensors, state.ColumnMajor);
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Writes tensors to a file, which appears under its name only once it is complete and on disk.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="tensors">The tensors.</param>
    /// <exception cref="ArgumentException">PyTorch has no such type.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Write(string path, IReadOnlyList<TensorContent> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        byte[] pickle = TorchPickle.Make(tensors);
        AtomicFile.Write(path, stream => TorchPickle.WriteArchive(stream, pickle, tensors));
    }

    private static void RequireLittleEndian(
        FileBytes bytes, Dictionary<string, (long Offset, long Length)> entries, string name)
    {
        if (!entries.TryGetValue(name, out (long Offset, long Length) entry))
        {
            return;
        }

        string order = Encoding.ASCII.GetString(ReadEntry(bytes, name, entry));
        if (order != "little")
        {
            throw new InvalidDataException(
                $"{bytes.Path}: the byte order must be little, but is {order}. Save the model on another machine.");
        }
    }

    private static byte[] ReadEntry(FileBytes bytes, string name, (long Offset, long Length) entry)
    {
        if (entry.Length > MostPickleBytes)
        {
            throw new InvalidDataException(
                $"{bytes.Path}: {name} must have at most {MostPickleBytes} bytes, but has {entry.Length}. Save the "
                + "state dictionary of the model, and nothing else.");
        }

        byte[] content = new byte[entry.Length];
        bytes.ReadExactly(entry.Offset, content);
        return content;
    }
}
