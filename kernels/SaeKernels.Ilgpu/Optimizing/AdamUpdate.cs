using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← (1 − η·λ)·w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε);
///            or for Signum z ← z − η·sign(g), w ← w + c·(z − w) − (1 − c)·(1 − β)·η·sign(g)
/// Work       14 FLOP a parameter, 8 for Signum
/// Traffic    28 bytes a parameter, 20 for Signum → bound by memory
/// Launch     threads take packs of four parameters in turns
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      m: 3 · 2⁻²⁴ · (|β₁m| + |(1 − β₁)g|); v: 5 · 2⁻²⁴ · v; w: 2⁻²⁴ · |w| + 8 · 2⁻²⁴ · |step|
///            (IEEE square root and division on CUDA and CPU; an OpenCL device may add 3 ulp for each)
///            z: 2 · 2⁻²⁴ · (|z| + η); w of Signum: 6 · 2⁻²⁴ · (|w| + |z| + η)
/// Source     Kingma and Ba, "Adam", ICLR 2015, algorithm 1; Defazio et al. 2024, "The Road Less Scheduled", eq. 3 to 5
/// </summary>
internal sealed class AdamUpdate(KernelDevice device)
{
    private readonly PackKernel<Parameters> kernel = new(device, Step<Pack1>, Step<Pack4>);

    public void Run(in AdamUpdateArguments arguments)
    {
        AdamParameters target = new(arguments.Parameters, arguments.FirstMoment, arguments.SecondMoment);
        ArrayView<float> gradient = device.View(arguments.Gradient);
        Parameters parameters = new()
        {
            Target = AdamView.Of(device, target),
            Gradient = gradient,
            Factor = arguments.GradientFactor is ScalarSlot slot ? device.View(slot.Buffer) : gradient,
            HasFactor = arguments.GradientFactor is null ? 0 : 1,
            FactorIndex = arguments.GradientFactor?.Index ?? 0,
            Scalars = OptimizerScalars.Of(arguments.Step),
            Length = arguments.Length,
            IsNonNegative = arguments.IsNonNegative ? 1 : 0,
        };
        this.kernel.LaunchElements(parameters.Length, parameters);
    }

    private static void Step<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        float factor = 1;
        if (p.HasFactor != 0)
        {
            factor = p.Factor[p.FactorIndex];
        }

        long first = (((long)Grid.IdxX * Group.DimX) + Group.IdxX) * TPack.Width;
        long step = (long)Grid.DimX * Group.DimX * TPack.Width;
        for (long i = first; i < p.Length; i += step)
        {
            TPack values = TPack.Load(p.Target.Values, i);
            values = AdamView.Apply(p.Target, p.Scalars, i, values, TPack.Load(p.Gradient, i), factor);
            if (p.IsNonNegative != 0)
            {
                TPack.Store(p.Target.Values, i, TPack.Map(default(ClampFunction), values, values, values));
            }
        }
    }

    internal struct Parameters
    {
        public AdamView Target;
        public ArrayView<float> Gradient;
        public ArrayView<float> Factor;
        public OptimizerScalars Scalars;
        public int HasFactor;
        public int FactorIndex;
        public int Length;
        public int IsNonNegative;
    }

    private struct ClampFunction : IPackFunction
    {
        public readonly float Of(float a, float b, float c) => a < 0 ? 0 : a;
    }
}
