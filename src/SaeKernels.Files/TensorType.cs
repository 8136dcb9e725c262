namespace SaeKernels.Files;

/// <summary>
/// How an element of a stored tensor is encoded; always little-endian. The names are those of safetensors.
/// </summary>
public enum TensorType
{
    /// <summary>IEEE float32.</summary>
    F32 = 0,

    /// <summary>IEEE float16.</summary>
    F16 = 1,

    /// <summary>bfloat16, the upper half of a float32.</summary>
    BF16 = 2,

    /// <summary>IEEE float64.</summary>
    F64 = 3,

    /// <summary>Signed 64-bit integer.</summary>
    I64 = 4,

    /// <summary>Signed 32-bit integer.</summary>
    I32 = 5,

    /// <summary>Signed 16-bit integer.</summary>
    I16 = 6,

    /// <summary>Signed 8-bit integer.</summary>
    I8 = 7,

    /// <summary>Unsigned 64-bit integer.</summary>
    U64 = 8,

    /// <summary>Unsigned 32-bit integer.</summary>
    U32 = 9,

    /// <summary>Unsigned 16-bit integer.</summary>
    U16 = 10,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8 = 11,

    /// <summary>A byte that is 0 or 1.</summary>
    Bool = 12,
}
