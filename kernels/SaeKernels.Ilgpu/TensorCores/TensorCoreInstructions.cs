using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Every instruction of tensor cores, for contexts that may compile kernels with them.</summary>
internal static class TensorCoreInstructions
{
    /// <summary>The compute capability from which a CUDA device has them.</summary>
    public const int Capability = 8;

    /// <summary>Tells a context how CUDA devices execute them; the simulator emulates them, OpenCL has none.</summary>
    public static void Register(Context.Builder builder)
    {
        Bf16Product.Register(builder);
        Tf32Product.Register(builder);
        MatrixLoad.Register(builder);
        AsyncCopy.Register(builder);
        Bf16Pair.Register(builder);
        Tf32Rounding.Register(builder);
    }
}
