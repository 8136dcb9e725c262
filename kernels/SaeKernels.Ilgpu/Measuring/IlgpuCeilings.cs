using ILGPU;
using ILGPU.Runtime.Cuda;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What a device reaches when it does one thing only, measured by its own clock.</summary>
internal sealed class IlgpuCeilings(KernelDevice device)
{
    private const int Runs = 10;
    private const int FmaGroupsPerMultiprocessor = 16;
    private const int FmaRounds = 1 << 12;
    private const int SimulatedRounds = 4;
    private const int ProductSide = 1024;
    private const long SmallestSet = 1 << 20;
    private const long LargestSet = 1 << 30;
    private const long SimulatedSet = 1 << 16;
    private readonly FmaChains chains = new(device);
    private readonly MemoryStreams streams = new(device);

    /// <summary>What the encoders of devices that are CPUs are compared with.</summary>
    public TiledProduct Product { get; } = new(device);

    /// <summary>Measures multiply-adds, and copies within memory of the given size.</summary>
    /// <param name="workingSetBytes">
    /// Bytes that are streamed through; taken between 1 MiB and 1 GiB, for the simulator 64 KiB.
    /// </param>
    public IReadOnlyList<DeviceCeiling> Measure(long workingSetBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workingSetBytes, 1);
        int groups = device.IsSimulator ? 1 : FmaGroupsPerMultiprocessor * device.Accelerator.NumMultiprocessors;
        int rounds = device.IsSimulator ? SimulatedRounds : FmaRounds;
        long set = device.IsSimulator ? SimulatedSet : Math.Clamp(workingSetBytes, SmallestSet, LargestSet);
        string size = set < 1 << 20 ? $"{set >> 10} KiB" : $"{set >> 20} MiB";
        using DeviceMemory<float> threads = new(device, "Ceiling.Threads", (long)groups * device.GroupSize);
        using DeviceMemory<float> memory = new(device, "Ceiling.Memory", set / sizeof(float));
        List<DeviceCeiling> ceilings =
        [
            new(CeilingKind.Fma, "fused multiply-adds", Best(() => this.chains.Launch(groups, rounds, threads.View))),
        ];
        if (device.Accelerator is CudaAccelerator { Architecture.Major: >= TensorCoreInstructions.Capability })
        {
            ceilings.AddRange(
            [
                new(CeilingKind.Bf16Product, "bf16 on tensor cores", BestProduct<Bf16Product>(groups, rounds, threads)),
                new(CeilingKind.Tf32Product, "tf32 on tensor cores", BestProduct<Tf32Product>(groups, rounds, threads)),
            ]);
        }

        ceilings.AddRange(
        [
            new(CeilingKind.Memory, $"copy, {size}", Best(() => this.streams.Copy(memory.View))),
            new(CeilingKind.Memory, $"update in place, {size}", Best(() => this.streams.Update(memory.View))),
        ]);
        if (!device.IsSimulator)
        {
            // The simulator's would be the host's own copy, which no simulated thread comes near.
            ceilings.Add(new DeviceCeiling(
                CeilingKind.Memory,
                $"copy by the driver, {size}",
                Best(() => this.streams.CopyByDriver(memory.View))));
        }

        if (CublasProduct.SideWithin(memory.View.Length) > 0)
        {
            AddYardstick(ceilings, memory);
        }

        if (!device.SharesTiles && !device.IsSimulator)
        {
            ceilings.Add(new DeviceCeiling(CeilingKind.Yardstick, $"our product, {ProductSide} square", BestTiled()));
        }

        return ceilings;
    }

    private double BestTiled()
    {
        using DeviceMemory<float> matrices = new(
            device, "Ceiling.Product", (3L * ProductSide * ProductSide) + ProductSide);
        ArrayView<float> view = matrices.View;
        const long Length = (long)ProductSide * ProductSide;
        return Best(() => this.Product.Launch(
            view.SubView(0, Length),
            view.SubView(Length, Length),
            view.SubView(3 * Length, ProductSide),
            view.SubView(2 * Length, Length),
            ProductSide));
    }

    private void AddYardstick(List<DeviceCeiling> ceilings, DeviceMemory<float> memory)
    {
        using CublasProduct? product = CublasProduct.TryOpen(device);
        double best = product is null ? 0 : Best(() => product.Launch(memory.View));
        if (best > 0)
        {
            int side = CublasProduct.SideWithin(memory.View.Length);
            ceilings.Add(new DeviceCeiling(CeilingKind.Yardstick, $"cuBLAS sgemm, {side} square", best));
        }
    }

    private double BestProduct<TProduct>(int groups, int rounds, DeviceMemory<float> threads)
        where TProduct : struct, IMatrixProduct
    {
        MatrixChains<TProduct> products = new(device);
        return Best(() => products.Launch(groups, rounds, threads.View));
    }

    private double Best(Func<double> launch)
    {
        double best = 0;
        // The first run compiles the kernel.
        for (int run = 0; run <= Runs; run++)
        {
            using QueueMark begin = new(device);
            double work = launch();
            using QueueMark end = new(device);
            double seconds = end.SecondsSince(begin);
            best = run == 0 || seconds <= 0 ? best : Math.Max(best, work / seconds);
        }

        return best;
    }
}
