namespace SaeKernels.Abstractions;

/// <summary>In which arithmetic a backend forms the products of its encoders.</summary>
/// <remarks>
/// The exact modes screen in low precision: whatever could be selected within a proven error bound is computed again as
/// the canonical float32 pre-activation, so selection and values are those of <see cref="Fp32"/>, bit for bit.
/// </remarks>
public enum EncoderPrecision
{
    /// <summary>The fastest mode of the device whose selection and values are those of float32.</summary>
    Auto,

    /// <summary>Float32 throughout.</summary>
    Fp32,

    /// <summary>Screened in tf32.</summary>
    ExactTf32,

    /// <summary>Screened in bfloat16.</summary>
    ExactBf16,

    /// <summary>Screened in 8-bit integers.</summary>
    ExactInt8,

    /// <summary>Selected and valued in tf32, without proof.</summary>
    Tf32,

    /// <summary>Selected and valued in bfloat16, without proof.</summary>
    Bf16,
}
