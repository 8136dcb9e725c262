using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>Waits for all threads of a group, and orders their accesses to shared and to global memory.</summary>
/// <remarks>
/// ILGPU 1.5.3 writes its own barrier for OpenCL as <c>barrier(CLK_GLOBAL_MEM_FENCE)</c>, which does not order local
/// memory. Source: OpenCL C 2.0, §6.13.8; PTX ISA, "bar".
/// Its barrier of the simulator waits three times, to keep count of allocations of shared memory that only some threads
/// of a group make; kernels here have none, and waiting is what the simulator does most.
/// </remarks>
internal static class GroupBarrier
{
    private const string Simulated = "ILGPU.Runtime.CPU.CPURuntimeGroupContext, ILGPU";

    /// <summary>Waits; never under a condition that differs within a group.</summary>
    [IntrinsicImplementation]
    internal static void Wait() => WaitOnce(SimulatedGroup(null));

    /// <summary>Tells a context how devices wait.</summary>
    public static void Register(Context.Builder builder)
    {
        IntrinsicImplementationManager manager = builder.GetIntrinsicManager();
        MethodInfo method = ((Action)Wait).Method;
        manager.RegisterMethod(method, new PTXIntrinsic(
            typeof(GroupBarrier), nameof(GeneratePtx), IntrinsicImplementationMode.GenerateCode));
        manager.RegisterMethod(method, new CLIntrinsic(
            typeof(GroupBarrier), nameof(GenerateOpenCl), IntrinsicImplementationMode.GenerateCode));
    }

    private static void GeneratePtx(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Builder.Append("\tbar.sync\t0;\n");

    private static void GenerateOpenCl(CLBackend backend, CLCodeGenerator generator, Value value)
    {
        using CLCodeGenerator.StatementEmitter statement =
            generator.BeginStatement($"barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)");
    }

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "get_Current")]
    [return: UnsafeAccessorType(Simulated)]
    private static extern object SimulatedGroup([UnsafeAccessorType(Simulated)] object? type);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "BlockBarrier")]
    private static extern int WaitOnce([UnsafeAccessorType(Simulated)] object group);
}
