namespace SaeKernels.Files;

/// <summary>A NumPy .npy file (format 1, 2 or 3, C order, little-endian): one array without a name.</summary>
/// <remarks>Source of the format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html</remarks>
public sealed class NpyFile : TensorFile
{
    /// <summary>The extension of such files.</summary>
    public const string Extension = ".npy";

    private NpyFile(ByteSource bytes, TensorInfo array)
        : base(
            bytes,
            array.Offset,
            new Dictionary<string, TensorInfo>(StringComparer.Ordinal) { [array.Name] = array },
            new Dictionary<string, string>(StringComparer.Ordinal)) => this.Array = array;

    /// <summary>The array.</summary>
    public TensorInfo Array { get; }

    /// <summary>Opens a file and checks its whole header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowShort">
    /// Whether the file may end before its last element; see <see cref="TensorFile.AvailableElements"/>.
    /// </param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file breaks the format, is in Fortran order, big-endian, or of an element type that no
    /// <see cref="TensorType"/> is.
    /// </exception>
    public static new NpyFile Open(string path, bool allowShort = false)
    {
        FileBytes bytes = FileBytes.Open(path);
        try
        {
            return new NpyFile(bytes, NpyHeader.Read(bytes, allowShort));
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Reads consecutive elements of a floating-point array as float32.</summary>
    /// <param name="firstElement">The first element, counted row-major.</param>
    /// <param name="destination">Receives as many elements as it is long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The elements are not inside the array.</exception>
    /// <exception cref="InvalidDataException">The type is not floating-point, or the file became shorter.</exception>
    public void ReadSingles(long firstElement, Span<float> destination) =>
        ReadSingles(this.Array, firstElement, destination);

    /// <summary>Writes an array to a file, which appears under its name only once it is complete and on disk.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="content">The array; its name is not stored. BF16, which NumPy has not, is impossible.</param>
    /// <exception cref="ArgumentException">The type is BF16.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The file cannot be written, for example because the disk is full.</exception>
    public static void Write(string path, TensorContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        byte[] header = NpyHeader.Make(path, content.Type, content.Shape);
        AtomicFile.Write(
            path,
            stream =>
            {
                stream.Write(header);
                content.WriteTo(stream);
            },
            header.Length + content.ByteLength);
    }
}
