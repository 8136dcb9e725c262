using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace SaeKernels.Ilgpu;

/// <summary>NVIDIA's own float32 matrix product, where its library is there: something to compare with.</summary>
/// <remarks>
/// Loaded by name, so that nothing depends on it. Its default mode computes in float32 without tensor cores. Source:
/// cuBLAS library, "cublas&lt;t&gt;gemm()".
/// </remarks>
internal sealed unsafe class CublasProduct : IDisposable
{
    private const int LargestSide = 4096;
    private const int SideMultiple = 128;
    private const int NoTranspose = 0;
    private static readonly string[] Names = OperatingSystem.IsWindows()
        ? ["cublas64_13.dll", "cublas64_12.dll", "cublas64_11.dll"]
        : ["libcublas.so.13", "libcublas.so.12", "libcublas.so.11"];

    private readonly nint library;
    private readonly nint handle;
    private readonly delegate* unmanaged<
        nint, int, int, int, int, int, float*, nint, int, nint, int, float*, nint, int, int> multiply;

    private CublasProduct(nint library, nint handle)
    {
        this.library = library;
        this.handle = handle;
        this.multiply = (delegate* unmanaged<
            nint, int, int, int, int, int, float*, nint, int, nint, int, float*, nint, int, int>)
            NativeLibrary.GetExport(library, "cublasSgemm_v2");
    }

    /// <summary>Opens the library for a device; null where it is not there or refuses.</summary>
    public static CublasProduct? TryOpen(KernelDevice device)
    {
        nint library = 0;
        if (device.Stream is not CudaStream stream || !Names.Any(name => NativeLibrary.TryLoad(name, out library)))
        {
            return null;
        }

        device.Accelerator.Bind();
        nint handle = 0;
        delegate* unmanaged<nint*, int> create =
            (delegate* unmanaged<nint*, int>)NativeLibrary.GetExport(library, "cublasCreate_v2");
        delegate* unmanaged<nint, nint, int> setStream =
            (delegate* unmanaged<nint, nint, int>)NativeLibrary.GetExport(library, "cublasSetStream_v2");
        if (create(&handle) != 0)
        {
            return null;
        }

        CublasProduct product = new(library, handle);
        if (setStream(handle, stream.StreamPtr) == 0)
        {
            return product;
        }

        product.Dispose();
        return null;
    }

    /// <summary>The side of the largest square product whose three matrices fit into some memory; 0 for none.</summary>
    public static int SideWithin(long elements) =>
        (int)Math.Min(LargestSide, Math.Sqrt(elements / 3.0)) / SideMultiple * SideMultiple;

    /// <summary>Enqueues a square product; returns its operations, 0 where the library refuses.</summary>
    /// <param name="memory">Holds the three matrices.</param>
    public double Launch(ArrayView<float> memory)
    {
        int side = SideWithin(memory.Length);
        nint a = memory.LoadEffectiveAddressAsPtr();
        nint bytes = (nint)side * side * sizeof(float);
        float one = 1;
        float zero = 0;
        int status = this.multiply(
            this.handle,
            NoTranspose,
            NoTranspose,
            side,
            side,
            side,
            &one,
            a,
            side,
            a + bytes,
            side,
            &zero,
            a + (2 * bytes),
            side);
        return status == 0 ? 2.0 * side * side * side : 0;
    }

    public void Dispose()
    {
        delegate* unmanaged<nint, int> destroy =
            (delegate* unmanaged<nint, int>)NativeLibrary.GetExport(this.library, "cublasDestroy_v2");
        _ = destroy(this.handle);
    }
}
