namespace SaeKernels.Abstractions;

/// <summary>How a number of a staged batch is stored; little-endian.</summary>
public enum StagedElement
{
    /// <summary>IEEE float32.</summary>
    Fp32 = 0,

    /// <summary>IEEE float16.</summary>
    Fp16 = 1,

    /// <summary>bfloat16, the upper half of a float32.</summary>
    Bf16 = 2,
}
