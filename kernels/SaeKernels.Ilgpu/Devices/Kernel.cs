using ILGPU;
using ILGPU.Runtime;

namespace SaeKernels.Ilgpu;

/// <summary>A kernel with explicit groups: compiled for its device at its first launch, once.</summary>
/// <typeparam name="TParameters">Everything it reads and writes: views and numbers.</typeparam>
internal sealed class Kernel<TParameters>
    where TParameters : struct
{
    private readonly KernelDevice device;
    private readonly Action<TParameters> body;
    private Action<KernelConfig, TParameters>? launcher;

    public Kernel(KernelDevice device, Action<TParameters> body)
    {
        this.device = device;
        this.body = body;
        device.KernelMethods.Add(body.Method);
    }

    /// <summary>Enqueues a launch; none where there are no groups.</summary>
    public void Launch(int groups, int groupSize, in TParameters parameters)
    {
        if (groups > 0)
        {
            this.launcher ??= this.device.Accelerator.LoadStreamKernel(this.body);
            this.launcher(new KernelConfig(groups, groupSize), parameters);
        }
    }
}
