using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>A number rounded to the 10 fraction bits of tf32: <c>cvt.rna.tf32.f32</c>, capability 8.0.</summary>
internal static class Tf32Rounding
{
    /// <summary>The bits of a float32 that are a tf32.</summary>
    public const uint KeptBits = 0xFFFFE000;

    private const uint HalfOfLastPlace = 0x1000;
    private const uint Magnitude = 0x7FFFFFFF;
    private const uint InfinityBits = 0x7F800000;

    /// <summary>Rounds to the nearest, ties away from 0; of the bits, the lower 13 do not count.</summary>
    [IntrinsicImplementation]
    internal static uint Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (bits & Magnitude) < InfinityBits ? (bits + HalfOfLastPlace) & KeptBits : bits;
    }

    /// <summary>Returns what a matrix product sees; called in kernels.</summary>
    public static float Value(uint word) => Interop.IntAsFloat(word & KeptBits);

    /// <summary>Tells a context how devices round.</summary>
    public static void Register(Context.Builder builder) => builder.GetIntrinsicManager().RegisterMethod(
        ((Func<float, uint>)Round).Method,
        new PTXIntrinsic(typeof(Tf32Rounding), nameof(Generate), IntrinsicImplementationMode.GenerateCode));

    private static void Generate(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string operand = PtxText.Operand(generator, value[0])[0];
        string result = PtxText.Result(generator, value)[0];
        generator.Builder.Append($"\tcvt.rna.tf32.f32\t{result}, {operand};\n");
    }
}
