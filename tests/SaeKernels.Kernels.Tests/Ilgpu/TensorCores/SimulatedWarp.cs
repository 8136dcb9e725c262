using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>Runs a kernel on one simulated warp: the place where an instruction is emulated.</summary>
internal static class SimulatedWarp
{
    public const int Lanes = 32;

    /// <summary>Runs a kernel that turns inputs into outputs; returns the outputs.</summary>
    public static TOut[] Run<TIn, TOut>(
        Action<ArrayView<TIn>, ArrayView<TOut>> kernel, TIn[] inputs, int outputs)
        where TIn : unmanaged
        where TOut : unmanaged
    {
        using KernelDevice device = IlgpuDevices.Open(IlgpuDevices.SimulatorId);
        using MemoryBuffer1D<TIn, Stride1D.Dense> source = device.Accelerator.Allocate1D(inputs);
        using MemoryBuffer1D<TOut, Stride1D.Dense> target = device.Accelerator.Allocate1D<TOut>(outputs);
        Action<KernelConfig, ArrayView<TIn>, ArrayView<TOut>> launcher = device.Accelerator.LoadStreamKernel(kernel);
        launcher(new KernelConfig(1, Lanes), source.View.BaseView, target.View.BaseView);
        device.Synchronize();
        return target.GetAsArray1D();
    }
}
