namespace SaeKernels.Files;

/// <summary>Facts about each <see cref="TensorType"/>.</summary>
public static class TensorTypes
{
    private static readonly Dictionary<string, TensorType> ByName =
        Enum.GetValues<TensorType>().ToDictionary(NameOf, StringComparer.Ordinal);

    /// <summary>Returns the bytes of one element: 1, 2, 4 or 8.</summary>
    /// <param name="type">The type.</param>
    public static int SizeOf(TensorType type) => type switch
    {
        TensorType.F64 or TensorType.I64 or TensorType.U64 => 8,
        TensorType.F32 or TensorType.I32 or TensorType.U32 => 4,
        TensorType.F16 or TensorType.BF16 or TensorType.I16 or TensorType.U16 => 2,
        _ => 1,
    };

    /// <summary>Returns whether elements are floating-point numbers.</summary>
    /// <param name="type">The type.</param>
    public static bool IsFloat(TensorType type) =>
        type is TensorType.F32 or TensorType.F16 or TensorType.BF16 or TensorType.F64;

    internal static string NameOf(TensorType type) => type == TensorType.Bool ? "BOOL" : type.ToString();

    internal static bool TryParse(string name, out TensorType type) => ByName.TryGetValue(name, out type);

    internal static string AllNames() => string.Join(", ", ByName.Keys);
}
