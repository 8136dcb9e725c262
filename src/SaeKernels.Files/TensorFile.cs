using System.Buffers;
using System.Runtime.InteropServices;

namespace SaeKernels.Files;

/// <summary>A file of tensors, of which only the header is kept in memory.</summary>
/// <remarks>
/// Reads go to the file every time and may run on several threads at once. A file that became shorter since it was
/// opened is an <see cref="InvalidDataException"/>.
/// </remarks>
public abstract class TensorFile : IDisposable
{
    private const int ChunkBytes = 1 << 18;
    private readonly ByteSource bytes;

    private protected TensorFile(
        ByteSource bytes,
        long dataOffset,
        IReadOnlyDictionary<string, TensorInfo> tensors,
        IReadOnlyDictionary<string, string> metadata)
    {
        this.bytes = bytes;
        this.DataOffset = dataOffset;
        this.Tensors = tensors;
        this.Metadata = metadata;
    }

    /// <summary>The path as it was given.</summary>
    public string Path => this.bytes.Path;

    /// <summary>The bytes of the file when it was opened.</summary>
    public long Length => this.bytes.Length;

    /// <summary>Where the header ends and the elements begin.</summary>
    public long DataOffset { get; }

    /// <summary>The tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Free text by key; empty where the format has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file by its extension, .npy or .safetensors.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowShort">
    /// Whether the file may end before its last element; see <see cref="AvailableElements"/>.
    /// </param>
    /// <exception cref="ArgumentException">The extension is another.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file breaks its format.</exception>
    public static TensorFile Open(string path, bool allowShort = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FileBytes.RequireFile(path);
        return System.IO.Path.GetExtension(path) switch
        {
            SafetensorsFile.Extension => SafetensorsFile.Open(path, allowShort),
            NpyFile.Extension => NpyFile.Open(path, allowShort),
            string other => throw new ArgumentException(
                $"{path}: the extension must be {NpyFile.Extension} or {SafetensorsFile.Extension}, but is '{other}'. "
                + "Convert the file, or rename it if only its name is wrong."),
        };
    }

    /// <summary>
    /// Returns how many leading elements of a tensor lie inside the file: all of them, unless the file was opened with
    /// <c>allowShort</c> and was cut off.
    /// </summary>
    /// <param name="tensor">A tensor of this file.</param>
    public long AvailableElements(TensorInfo tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        long available = Math.Clamp(this.Length - tensor.Offset, 0, tensor.ByteLength);
        return available / TensorTypes.SizeOf(tensor.Type);
    }

    /// <summary>Reads consecutive elements of a floating-point tensor as float32.</summary>
    /// <remarks>F16 and BF16 are exact; F64 is rounded to the nearest, and to ±∞ beyond the range of float32.</remarks>
    /// <param name="tensor">A tensor of this file of type F32, F16, BF16 or F64.</param>
    /// <param name="firstElement">The first element, counted row-major.</param>
    /// <param name="destination">Receives as many elements as it is long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The elements are not inside the tensor.</exception>
    /// <exception cref="InvalidDataException">The type is another, or the file became shorter.</exception>
    public void ReadSingles(TensorInfo tensor, long firstElement, Span<float> destination)
    {
        RequireRange(tensor, firstElement, destination.Length);
        if (!TensorTypes.IsFloat(tensor.Type))
        {
            throw TypeError(tensor, "F32, F16, BF16 or F64");
        }

        if (tensor.Type == TensorType.F32)
        {
            this.bytes.ReadExactly(tensor.Offset + (firstElement * sizeof(float)), MemoryMarshal.AsBytes(destination));
            return;
        }

        ReadChunks(tensor, firstElement, destination, ElementConversion.ToSingles);
    }

    /// <summary>Reads consecutive elements of an integer tensor as 64-bit integers.</summary>
    /// <param name="tensor">A tensor of this file of any type that is not floating-point.</param>
    /// <param name="firstElement">The first element, counted row-major.</param>
    /// <param name="destination">Receives as many elements as it is long.</param>
    /// <exception cref="ArgumentOutOfRangeException">The elements are not inside the tensor.</exception>
    /// <exception cref="InvalidDataException">
    /// The type is floating-point, a U64 element is 2⁶³ or more, or the file became shorter.
    /// </exception>
    public void ReadInt64s(TensorInfo tensor, long firstElement, Span<long> destination)
    {
        RequireRange(tensor, firstElement, destination.Length);
        if (TensorTypes.IsFloat(tensor.Type))
        {
            throw TypeError(tensor, "an integer type");
        }

        ReadChunks(tensor, firstElement, destination, ElementConversion.ToInt64s);
        if (tensor.Type == TensorType.U64 && destination.ContainsAnyInRange(long.MinValue, -1))
        {
            throw new InvalidDataException(
                $"{this.Path}: the elements of '{tensor.Name}' must be below 2^63, but one is not. Store smaller "
                + "numbers.");
        }
    }

    /// <summary>Reads bytes of the file as they are.</summary>
    /// <param name="offset">The first byte, counted from the beginning of the file.</param>
    /// <param name="destination">Receives as many bytes as it is long.</param>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    public void ReadBytes(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        this.bytes.ReadExactly(offset, destination);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        this.bytes.Dispose();
        GC.SuppressFinalize(this);
    }

    private void RequireRange(TensorInfo tensor, long firstElement, int count)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        if (firstElement < 0 || firstElement > tensor.ElementCount - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(firstElement),
                $"{this.Path}: a read must lie inside elements 0 to {tensor.ElementCount} of '{tensor.Name}', but "
                + $"covers {firstElement} to {firstElement + count}. Read less.");
        }
    }

    private InvalidDataException TypeError(TensorInfo tensor, string wanted) => new(
        $"{this.Path}: '{tensor.Name}' must be of type {wanted}, but is {TensorTypes.NameOf(tensor.Type)}. "
        + "Convert it, or name another tensor.");

    private void ReadChunks<T>(
        TensorInfo tensor,
        long firstElement,
        Span<T> destination,
        Action<TensorType, ReadOnlySpan<byte>, Span<T>> convert)
    {
        int size = TensorTypes.SizeOf(tensor.Type);
        int chunk = ChunkBytes / size;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(chunk, destination.Length) * size);
        try
        {
            for (int done = 0; done < destination.Length; done += chunk)
            {
                int count = Math.Min(chunk, destination.Length - done);
                Span<byte> part = buffer.AsSpan(0, count * size);
                this.bytes.ReadExactly(tensor.Offset + ((firstElement + done) * size), part);
                convert(tensor.Type, part, destination.Slice(done, count));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
