namespace SaeKernels.Files;

/// <summary>The bytes that a file of given tensors would have, made when they are read.</summary>
internal sealed class ContentBytes : ByteSource
{
    private readonly byte[] header;
    private readonly TensorContent[] tensors;

    public ContentBytes(string path, byte[] header, TensorContent[] tensors)
        : base(path, checked(header.Length + tensors.Sum(tensor => tensor.ByteLength)))
    {
        this.header = header;
        this.tensors = tensors;
    }

    public override void ReadExactly(long offset, Span<byte> destination)
    {
        if (offset > this.Length - destination.Length)
        {
            throw new InvalidDataException(
                $"{this.Path}: must reach to byte {offset + destination.Length}, but has {this.Length}. Read less.");
        }

        long begin = 0;
        Copy(this.header.Length, ref begin, offset, destination, (first, part) =>
            this.header.AsSpan((int)first, part.Length).CopyTo(part));
        foreach (TensorContent tensor in this.tensors)
        {
            int size = TensorTypes.SizeOf(tensor.Type);
            Copy(tensor.ByteLength, ref begin, offset, destination, (first, part) =>
                ReadPart(tensor, size, first, part));
        }
    }

    public override void Dispose()
    {
    }

    /// <summary>Fills what of a destination lies in a section of the file.</summary>
    private static void Copy(
        long length, ref long begin, long offset, Span<byte> destination, Action<long, Span<byte>> read)
    {
        long from = Math.Max(offset, begin);
        long to = Math.Min(offset + destination.Length, begin + length);
        if (from < to)
        {
            read(from - begin, destination[(int)(from - offset)..(int)(to - offset)]);
        }

        begin += length;
    }

    /// <summary>Contents hand out whole elements; a part may begin or end within one.</summary>
    private static void ReadPart(TensorContent tensor, int size, long first, Span<byte> part)
    {
        if (first % size == 0 && part.Length % size == 0)
        {
            tensor.ReadBytes(first, part);
            return;
        }

        long begin = first / size * size;
        byte[] whole = new byte[(first + part.Length - begin + size - 1) / size * size];
        tensor.ReadBytes(begin, whole);
        whole.AsSpan((int)(first - begin), part.Length).CopyTo(part);
    }
}
