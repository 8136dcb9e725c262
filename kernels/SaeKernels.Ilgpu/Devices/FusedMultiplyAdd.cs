using System.Reflection;
using ILGPU;
using ILGPU.Backends;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>a · b + c with one rounding, on every device: the step of canonical pre-activations.</summary>
/// <remarks>
/// ILGPU 1.5.3 writes a · b + c as two roundings, which a driver may or may not contract, and MathF.FusedMultiplyAdd as
/// an external function that CUDA does not have.
/// </remarks>
internal static class FusedMultiplyAdd
{
    /// <summary>Returns a · b + c, rounded once.</summary>
    [IntrinsicImplementation]
    internal static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    /// <summary>Tells a context how devices compute it.</summary>
    public static void Register(Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        MethodInfo method = ((Func<float, float, float, float>)Fma).Method;
        manager.RegisterMethod(method, new PTXIntrinsic(
            typeof(FusedMultiplyAdd), nameof(GeneratePtx), IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(method, new CLIntrinsic(
            typeof(FusedMultiplyAdd), nameof(GenerateOpenCl), IntrinsicImplementationMode.GenerateCode));
    }

    private static void GeneratePtx(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string a = Register(generator, generator.Load(value[0]));
        string b = Register(generator, generator.Load(value[1]));
        string c = Register(generator, generator.Load(value[2]));
        string result = Register(generator, generator.Allocate(value));
        generator.Builder.Append($"\tfma.rn.f32\t{result}, {a}, {b}, {c};\n");
    }

    private static string Register(PTXCodeGenerator generator, RegisterAllocator<PTXRegisterKind>.Register register)
    {
        RegisterAllocator<PTXRegisterKind>.HardwareRegister hardware = generator.EnsureHardwareRegister(
            (RegisterAllocator<PTXRegisterKind>.PrimitiveRegister)register);
        return "%" + PTXRegisterAllocator.GetStringRepresentation(hardware);
    }

    private static void GenerateOpenCl(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        CLCodeGenerator.Variable a = generator.Load(value[0]);
        CLCodeGenerator.Variable b = generator.Load(value[1]);
        CLCodeGenerator.Variable c = generator.Load(value[2]);
        using CLCodeGenerator.StatementEmitter statement = generator.BeginStatement(generator.Allocate(value));
        statement.AppendCommand("fma");
        statement.BeginArguments();
        statement.AppendArgument(a);
        statement.AppendArgument(b);
        statement.AppendArgument(c);
        statement.EndArguments();
    }
}
