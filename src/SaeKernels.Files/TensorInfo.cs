namespace SaeKernels.Files;

/// <summary>Where a tensor lies in its file and how it is stored, row-major.</summary>
/// <param name="Name">Its name; the array of an .npy file is called <c>array</c>.</param>
/// <param name="Type">How an element is encoded.</param>
/// <param name="Shape">Its dimensions, each at least 0; empty for a single number.</param>
/// <param name="Offset">Its first byte, counted from the beginning of the file.</param>
/// <param name="ByteLength">Its bytes as the header declares them.</param>
public sealed record TensorInfo(
    string Name,
    TensorType Type,
    IReadOnlyList<long> Shape,
    long Offset,
    long ByteLength)
{
    /// <summary>The number of elements that the header declares.</summary>
    public long ElementCount => this.ByteLength / TensorTypes.SizeOf(this.Type);

    /// <summary>The shape as text, such as <c>[100000, 128]</c>.</summary>
    public string ShapeText => TextOf(this.Shape);

    internal static string TextOf(IReadOnlyList<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Returns the bytes of a shape, or null where a dimension is negative or the product overflows.</summary>
    internal static long? BytesOf(IReadOnlyList<long> shape, TensorType type)
    {
        long bytes = TensorTypes.SizeOf(type);
        foreach (long dimension in shape)
        {
            if (dimension < 0 || (dimension > 0 && bytes > long.MaxValue / dimension))
            {
                return null;
            }

            bytes *= dimension;
        }

        return bytes;
    }
}
