using System.Reflection;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Copies from global to shared memory that run beside the arithmetic: <c>cp.async</c> of CUDA, capability 8.0.
/// </summary>
/// <remarks>
/// The emulation puts copies off until the wait that completes them, and completes no other: a kernel that reads too
/// early reads what was there before. Source: PTX ISA, "cp.async", "cp.async.wait_group".
/// </remarks>
internal static class AsyncCopy
{
    // The simulator has one thread for each lane; a device counts groups for each lane as well.
    [ThreadStatic]
    private static Queue<List<PendingCopy>>? committed;

    [ThreadStatic]
    private static List<PendingCopy>? open;

    /// <summary>Starts to copy 16 bytes; both addresses are multiples of 16.</summary>
    /// <param name="target">In shared memory.</param>
    /// <param name="source">In global memory.</param>
    [IntrinsicImplementation]
    internal static unsafe void Copy(ref Fragment target, ref Fragment source)
    {
        open ??= [];
        fixed (Fragment* targetPointer = &target, sourcePointer = &source)
        {
            open.Add(new PendingCopy((nint)targetPointer, (nint)sourcePointer));
        }
    }

    /// <summary>Makes one group of the copies that this thread started since the last.</summary>
    [IntrinsicImplementation]
    internal static void Commit()
    {
        committed ??= new Queue<List<PendingCopy>>();
        committed.Enqueue(open ?? []);
        open = null;
    }

    /// <summary>Waits until of this thread's groups at most the latest one is not complete.</summary>
    [IntrinsicImplementation]
    internal static void WaitForAllButOne() => Complete(1);

    /// <summary>Waits until all groups of this thread are complete.</summary>
    [IntrinsicImplementation]
    internal static void WaitForAll() => Complete(0);

    /// <summary>Tells a context how devices copy.</summary>
    public static void Register(Context.Builder builder)
    {
        Register(builder, nameof(Copy), nameof(GenerateCopy));
        Register(builder, nameof(Commit), nameof(GenerateCommit));
        Register(builder, nameof(WaitForAllButOne), nameof(GenerateWaitForAllButOne));
        Register(builder, nameof(WaitForAll), nameof(GenerateWaitForAll));
    }

    private static unsafe void Complete(int allowed)
    {
        while (committed is not null && committed.Count > allowed)
        {
            foreach (PendingCopy copy in committed.Dequeue())
            {
                *(Fragment*)copy.Target = *(Fragment*)copy.Source;
            }
        }
    }

    private static void Register(Context.Builder builder, string method, string generator) =>
        builder.GetIntrinsicManager().RegisterMethod(
            typeof(AsyncCopy).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!,
            new PTXIntrinsic(typeof(AsyncCopy), generator, IntrinsicImplementationMode.GenerateCode));

    private static void GenerateCopy(PTXBackend backend, PTXCodeGenerator generator, Value value)
    {
        string target = PtxText.Address(generator, value[0], "shared");
        string source = PtxText.Address(generator, value[1], "global");
        generator.Builder.Append($"\tcp.async.cg.shared.global\t[{target}], [{source}], 16;\n");
    }

    private static void GenerateCommit(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Builder.Append("\tcp.async.commit_group;\n");

    private static void GenerateWaitForAllButOne(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Builder.Append("\tcp.async.wait_group\t1;\n");

    private static void GenerateWaitForAll(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        generator.Builder.Append("\tcp.async.wait_group\t0;\n");

    private readonly record struct PendingCopy(nint Target, nint Source);
}
