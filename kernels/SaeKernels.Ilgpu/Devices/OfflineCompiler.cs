using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.OpenCL;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace SaeKernels.Ilgpu;

/// <summary>Compiles kernels to the text that drivers take, for devices that are not there.</summary>
/// <remarks>A context in which a kernel did not compile is of no further use: open another compiler.</remarks>
internal sealed class OfflineCompiler : IDisposable
{
    private readonly Context context = IlgpuDevices.OpenContext();

    /// <summary>Returns the PTX of each kernel, by the name of its class and method.</summary>
    /// <param name="kernels">The kernels.</param>
    /// <param name="major">The compute capability of the device: 9 of 9.0.</param>
    /// <param name="minor">The compute capability of the device: 0 of 9.0.</param>
    public IReadOnlyDictionary<string, string> ToPtx(IEnumerable<MethodInfo> kernels, int major, int minor)
    {
        CudaArchitecture architecture = new(major, minor);

        // Without LibDevice: a kernel that needs one of its functions shows as an unresolved external.
        using PTXBackend backend = new(this.context, architecture, CudaInstructionSet.ISA_80, nvvmAPI: null!);
        return kernels.Distinct().ToDictionary(
            NameOf, kernel => ((PTXCompiledKernel)backend.Compile(EntryOf(kernel), default)).PTXAssembly);
    }

    /// <summary>Returns the OpenCL C of each kernel, for a device without float16 and float64.</summary>
    public IReadOnlyDictionary<string, string> ToOpenCl(IEnumerable<MethodInfo> kernels)
    {
        CLCapabilityContext capabilities = new(
            float16: false, float64: false, int64_Atomics: false, subGroups: false, genericAddressSpace: true);
        using CLBackend backend = new(this.context, capabilities, CLDeviceVendor.Other, CLCVersion.CL20);
        return kernels.Distinct().ToDictionary(
            NameOf, kernel => ((CLCompiledKernel)backend.Compile(EntryOf(kernel), default)).Source);
    }

    public void Dispose() => this.context.Dispose();

    // GroupTiles.WithAux.RowLists.Run for a method of GroupTiles<WithAux<RowLists>>: a name that a file may have.
    private static string NameOf(MethodInfo kernel) => string.Join(
        '.', [NameOf(kernel.DeclaringType!), kernel.Name, .. kernel.GetGenericArguments().Select(NameOf)]);

    private static string NameOf(Type type) =>
        string.Join('.', [type.Name.Split('`')[0], .. type.GenericTypeArguments.Select(NameOf)]);

    private static EntryPointDescription EntryOf(MethodInfo kernel) =>
        EntryPointDescription.FromExplicitlyGroupedKernel(kernel);
}
