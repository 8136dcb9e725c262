using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   how many numbers fall into each bin of equal width, below the first, above the last, and are NaN
/// Work       2 FLOP a number
/// Traffic    4 bytes a number, and 8 · bins a group → bound by memory, or by atomics on a crowded bin
/// Launch     threads take numbers in turns, up to 2³⁰ a launch; then threads take counts in turns
/// Shared     16 KiB: a group's own counts where there are up to 4,093 bins        Barriers  2
/// Order      atomic additions of 32-bit integers: none that matters; deterministic
/// Error      none
/// Source     privatised counts: Podlozhnyuk, Histogram calculation in CUDA, NVIDIA 2007
/// </summary>
internal sealed class AccumulateHistogram(KernelDevice device)
{
    private const int SharedPlaces = 4096;

    // 32-bit counts cannot overflow within a launch.
    private const long NumbersAtOnce = 1L << 30;
    private readonly Kernel<Parameters> clearKernel = new(device, ClearPartials);
    private readonly Kernel<Parameters> sharedKernel = new(device, CountInSharedMemory);
    private readonly Kernel<Parameters> globalKernel = new(device, CountInGlobalMemory);
    private readonly Kernel<Parameters> flushKernel = new(device, AddPartials);

    public void Run(in AccumulateHistogramArguments arguments)
    {
        arguments.Validate();
        int places = arguments.Bins + 3;
        int placeGroups = device.GroupsOfElements(places);
        Parameters parameters = new()
        {
            Values = device.View(arguments.Values),
            Partials = device.Scratch.Int("AccumulateHistogram.Partials", places),
            Counts = device.View(arguments.Counts),
            Low = arguments.Low,
            High = arguments.High,
            Scale = arguments.Bins / (arguments.High - arguments.Low),
            Bins = arguments.Bins,
        };
        Kernel<Parameters> kernel = places <= SharedPlaces ? this.sharedKernel : this.globalKernel;
        for (long start = 0; start < arguments.Count; start += NumbersAtOnce)
        {
            parameters.Start = start;
            parameters.Count = (int)Math.Min(NumbersAtOnce, arguments.Count - start);
            this.clearKernel.Launch(placeGroups, device.GroupSize, parameters);
            kernel.Launch(device.GroupsOfElements(parameters.Count), device.GroupSize, parameters);
            this.flushKernel.Launch(placeGroups, device.GroupSize, parameters);
        }
    }

    private static void ClearPartials(Parameters p)
    {
        for (int place = (Grid.IdxX * Group.DimX) + Group.IdxX; place < p.Bins + 3; place += Grid.DimX * Group.DimX)
        {
            p.Partials[place] = 0;
        }
    }

    private static void CountInSharedMemory(Parameters p)
    {
        ArrayView<int> own = SharedMemory.Allocate<int>(SharedPlaces);
        for (int place = Group.IdxX; place < p.Bins + 3; place += Group.DimX)
        {
            own[place] = 0;
        }

        GroupBarrier.Wait();
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Count; i += Grid.DimX * Group.DimX)
        {
            Atomic.Add(ref own[PlaceOf(p, p.Values[p.Start + i])], 1);
        }

        GroupBarrier.Wait();
        for (int place = Group.IdxX; place < p.Bins + 3; place += Group.DimX)
        {
            int count = own[place];
            if (count > 0)
            {
                Atomic.Add(ref p.Partials[place], count);
            }
        }
    }

    private static void CountInGlobalMemory(Parameters p)
    {
        for (int i = (Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Count; i += Grid.DimX * Group.DimX)
        {
            Atomic.Add(ref p.Partials[PlaceOf(p, p.Values[p.Start + i])], 1);
        }
    }

    private static void AddPartials(Parameters p)
    {
        for (int place = (Grid.IdxX * Group.DimX) + Group.IdxX; place < p.Bins + 3; place += Grid.DimX * Group.DimX)
        {
            p.Counts[place] += p.Partials[place];
        }
    }

    private static int PlaceOf(Parameters p, float value)
    {
        float bin = (value - p.Low) * p.Scale;
        int place = bin < p.Bins ? (int)bin : p.Bins - 1;
        place = value < p.Low ? p.Bins : place;
        place = value > p.High ? p.Bins + 1 : place;
        return float.IsNaN(value) ? p.Bins + 2 : place;
    }

    internal struct Parameters
    {
        public ArrayView<float> Values;
        public ArrayView<int> Partials;
        public ArrayView<long> Counts;
        public long Start;
        public float Low;
        public float High;
        public float Scale;
        public int Count;
        public int Bins;
    }
}
