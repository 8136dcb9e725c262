using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   a·x + b·y
/// Work       3 FLOP a number
/// Traffic    12 bytes a number → bound by memory
/// Launch     threads take packs of four numbers in turns
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      2⁻²⁴ · (2 · |a·x| + 3 · |b·y|)
/// Source     Polyak and Juditsky 1992, for averages of weights
/// </summary>
internal sealed class WeightedSum(KernelDevice device)
{
    private readonly PackKernel<Parameters> kernel = new(device, Add<Pack1>, Add<Pack4>);

    public void Run(in WeightedSumArguments arguments) => this.kernel.LaunchElements(arguments.Length, new Parameters
    {
        First = device.Own(arguments.First).Memory.View,
        Second = device.Own(arguments.Second).Memory.View,
        Sum = device.View(arguments.Sum),
        Length = arguments.Length,
        Factors = Factors.Of(arguments.FirstFactor, arguments.SecondFactor),
    });

    private static void Add<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        long first = (((long)Grid.IdxX * Group.DimX) + Group.IdxX) * TPack.Width;
        long step = (long)Grid.DimX * Group.DimX * TPack.Width;
        for (long i = first; i < p.Length; i += step)
        {
            TPack a = TPack.Load(p.First, i);
            TPack b = TPack.Load(p.Second, i);
            TPack.Store(p.Sum, i, TPack.Map(p.Factors, a, b, b));
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> First;
        public ArrayView<float> Second;
        public ArrayView<float> Sum;
        public long Length;
        public Factors Factors;
    }

    internal struct Factors : IPackFunction
    {
        public float First;
        public float Second;

        public static Factors Of(double first, double second) =>
            new() { First = (float)first, Second = (float)second };

        public readonly float Of(float a, float b, float c) => Fma(this.First, a, this.Second * b);
    }
}
