namespace SaeKernels.Abstractions;

/// <summary>What a measured rate limits.</summary>
public enum CeilingKind
{
    /// <summary>Floating-point operations a second of float32 fused multiply-adds; one counts as two.</summary>
    Fma,

    /// <summary>Operations a second of products of bfloat16 with float32 sums, where the backend has them.</summary>
    Bf16Product,

    /// <summary>Operations a second of products of tf32 with float32 sums, where the backend has them.</summary>
    Tf32Product,

    /// <summary>Operations a second of products of 8-bit integers, where the backend has them.</summary>
    Int8Product,

    /// <summary>Bytes a second that are read or written.</summary>
    Memory,

    /// <summary>Floating-point operations a second of a vendor's float32 matrix product: no limit.</summary>
    Yardstick,
}

/// <summary>A rate that a device reached when it did one thing only.</summary>
/// <param name="Kind">What it limits.</param>
/// <param name="Name">How it was measured, for people; unique within a device.</param>
/// <param name="PerSecond">Operations or bytes a second; above 0.</param>
public sealed record DeviceCeiling(CeilingKind Kind, string Name, double PerSecond);
