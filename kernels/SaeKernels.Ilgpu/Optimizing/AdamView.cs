using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of parameters and their moments.</summary>
internal struct AdamView
{
    public ArrayView<float> Values;
    public ArrayView<float> FirstMoment;
    public ArrayView<float> SecondMoment;

    public static AdamView Of(KernelDevice device, AdamParameters parameters) => new()
    {
        Values = device.View(parameters.Values),
        FirstMoment = device.View(parameters.FirstMoment),
        SecondMoment = device.View(parameters.SecondMoment),
    };

    /// <summary>The part that belongs to the latents of a list.</summary>
    public readonly AdamView RowsOf(EntryList list, int columns)
    {
        long start = (long)list.FirstLatent * columns;
        long length = (long)list.Latents * columns;
        return new AdamView
        {
            Values = this.Values.SubView(start, length),
            FirstMoment = this.FirstMoment.SubView(start, length),
            SecondMoment = this.SecondMoment.SubView(start, length),
        };
    }

    /// <summary>Applies a step to a pack of parameters; called in kernels.</summary>
    public static void Apply<TPack>(
        AdamView parameters, AdamScalars scalars, long place, TPack gradient, float gradientFactor)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack scaled = TPack.AddScaled(default, gradientFactor, gradient);
        TPack first = TPack.Load(parameters.FirstMoment, place);
        TPack second = TPack.Load(parameters.SecondMoment, place);
        TPack values = TPack.Load(parameters.Values, place);
        first = TPack.Map(new FirstMomentFunction { Scalars = scalars }, first, scaled, scaled);
        second = TPack.Map(new SecondMomentFunction { Scalars = scalars }, second, scaled, scaled);
        TPack.Store(parameters.FirstMoment, place, first);
        TPack.Store(parameters.SecondMoment, place, second);
        TPack.Store(
            parameters.Values, place, TPack.Map(new ParameterFunction { Scalars = scalars }, values, first, second));
    }

    private struct FirstMomentFunction : IPackFunction
    {
        public AdamScalars Scalars;

        public readonly float Of(float a, float b, float c) => AdamScalars.FirstMoment(this.Scalars, a, b);
    }

    private struct SecondMomentFunction : IPackFunction
    {
        public AdamScalars Scalars;

        public readonly float Of(float a, float b, float c) => AdamScalars.SecondMoment(this.Scalars, a, b);
    }

    private struct ParameterFunction : IPackFunction
    {
        public AdamScalars Scalars;

        public readonly float Of(float a, float b, float c) => AdamScalars.Parameter(this.Scalars, a, b, c);
    }
}
