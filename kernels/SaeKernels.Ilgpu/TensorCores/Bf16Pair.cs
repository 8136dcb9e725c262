using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>Two numbers rounded to bfloat16, in one word: <c>cvt.rn.bf16x2.f32</c> of CUDA, capability 8.0.</summary>
internal static class Bf16Pair
{
    /// <summary>Rounds to the nearest, ties to even; the first number is in the lower half.</summary>
    [IntrinsicImplementation]
    internal static uint Round(float lower, float upper) =>
        Bfloat16.FromSingle(lower) | ((uint)Bfloat16.FromSingle(upper) << 16);

    /// <summary>Returns the number in the lower half; called in kernels.</summary>
    public static float Lower(uint pair) => Interop.IntAsFloat(pair << 16);

    /// <summary>Returns the number in the upper half; called in kernels.</summary>
    public static float Upper(uint pair) => Interop.IntAsFloat(pair & 0xFFFF0000);

    /// <summary>Tells a context how devices round.</summary>
    public static void Register(Context.Builder builder) => builder.GetIntrinsicManager().RegisterMethod(
        ((Func<float, float, uint>)Round).Method,
        new PTXIntrinsic(typeof(Bf16Pair), nameof(Generate), IntrinsicImplementationMode.GenerateCode));

    // The instruction's first source goes to the upper half.
    private static void Generate(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string lower = PtxText.Operand(generator, value[0])[0];
        string upper = PtxText.Operand(generator, value[1])[0];
        string result = PtxText.Result(generator, value)[0];
        generator.Builder.Append($"\tcvt.rn.bf16x2.f32\t{result}, {upper}, {lower};\n");
    }
}
