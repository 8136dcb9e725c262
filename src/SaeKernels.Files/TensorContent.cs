using System.Buffers;
using System.Runtime.InteropServices;

namespace SaeKernels.Files;

/// <summary>A tensor that is about to be written. Its elements are asked for in pieces, never all at once.</summary>
public sealed class TensorContent
{
    /// <summary>Describes a tensor by its stored bytes.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="type">How an element is encoded.</param>
    /// <param name="shape">Its dimensions, each at least 0; empty for a single number.</param>
    /// <param name="readBytes">
    /// Fills a piece of whole elements, at most 1 MiB, that begins at the given byte of the tensor. It is called for
    /// ascending pieces, each once.
    /// </param>
    /// <exception cref="ArgumentException">A dimension is negative, or the tensor has 2⁶³ bytes or more.</exception>
    public TensorContent(string name, TensorType type, IReadOnlyList<long> shape, Action<long, Span<byte>> readBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(readBytes);
        this.Name = name;
        this.Type = type;
        this.Shape = shape;
        this.ReadBytes = readBytes;
        this.ByteLength = TensorInfo.BytesOf(shape, type) ?? throw new ArgumentException(
            $"{name}: the shape must have dimensions of at least 0 and fewer than 2^63 bytes, but is "
            + $"{TensorInfo.TextOf(shape)}. Change the shape.");
    }

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>How an element is encoded.</summary>
    public TensorType Type { get; }

    /// <summary>Its dimensions.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Its bytes.</summary>
    public long ByteLength { get; }

    /// <summary>Fills a piece of whole elements that begins at the given byte of the tensor.</summary>
    public Action<long, Span<byte>> ReadBytes { get; }

    /// <summary>Describes a tensor of float32 numbers.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="read">Fills a piece that begins at the given element, counted row-major.</param>
    /// <param name="type">
    /// How the numbers are stored: F32, F16, BF16 or F64. Rounding goes to the nearest, ties to even.
    /// </param>
    /// <exception cref="ArgumentException">The type or the shape is impossible.</exception>
    public static TensorContent Singles(
        string name,
        IReadOnlyList<long> shape,
        Action<long, Span<float>> read,
        TensorType type = TensorType.F32)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (!TensorTypes.IsFloat(type))
        {
            throw new ArgumentException($"{name}: the type must be F32, F16, BF16 or F64, but is {type}. Pass one of "
                + "them.");
        }

        if (type == TensorType.F32)
        {
            return Typed(name, type, shape, read);
        }

        int size = TensorTypes.SizeOf(type);
        return new TensorContent(name, type, shape, (offset, stored) =>
        {
            int count = stored.Length / size;
            float[] numbers = ArrayPool<float>.Shared.Rent(count);
            read(offset / size, numbers.AsSpan(0, count));
            ElementConversion.FromSingles(type, numbers.AsSpan(0, count), stored);
            ArrayPool<float>.Shared.Return(numbers);
        });
    }

    /// <summary>Describes a tensor of 64-bit integers (I64).</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="read">Fills a piece that begins at the given element, counted row-major.</param>
    /// <exception cref="ArgumentException">The shape is impossible.</exception>
    public static TensorContent Int64s(string name, IReadOnlyList<long> shape, Action<long, Span<long>> read) =>
        Typed(name, TensorType.I64, shape, read);

    /// <summary>Describes a tensor of 32-bit integers (I32).</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="shape">Its dimensions.</param>
    /// <param name="read">Fills a piece that begins at the given element, counted row-major.</param>
    /// <exception cref="ArgumentException">The shape is impossible.</exception>
    public static TensorContent Int32s(string name, IReadOnlyList<long> shape, Action<long, Span<int>> read) =>
        Typed(name, TensorType.I32, shape, read);

    /// <summary>Writes the elements in pieces.</summary>
    internal void WriteTo(Stream stream)
    {
        const int PieceBytes = 1 << 20;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, this.ByteLength));
        for (long offset = 0; offset < this.ByteLength; offset += PieceBytes)
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(PieceBytes, this.ByteLength - offset));
            this.ReadBytes(offset, piece);
            stream.Write(piece);
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static TensorContent Typed<T>(
        string name,
        TensorType type,
        IReadOnlyList<long> shape,
        Action<long, Span<T>> read)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(read);
        int size = TensorTypes.SizeOf(type);
        return new TensorContent(
            name,
            type,
            shape,
            (offset, stored) => read(offset / size, MemoryMarshal.Cast<byte, T>(stored)));
    }
}
