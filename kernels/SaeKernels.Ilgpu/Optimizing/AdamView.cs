using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of parameters and what their optimiser keeps.</summary>
internal struct AdamView
{
    public ArrayView<float> Values;
    public ArrayView<float> FirstMoment;

    /// <summary>Not read or written where the optimiser has none.</summary>
    public ArrayView<float> SecondMoment;

    public static AdamView Of(KernelDevice device, AdamParameters parameters) => new()
    {
        Values = device.View(parameters.Values),
        FirstMoment = device.View(parameters.FirstMoment),
        SecondMoment = device.View(parameters.SecondMoment ?? parameters.FirstMoment),
    };

    /// <summary>The part that belongs to the latents of a list.</summary>
    public readonly AdamView RowsOf(EntryList list, int columns) => new()
    {
        Values = list.RowsOf(this.Values, columns),
        FirstMoment = list.RowsOf(this.FirstMoment, columns),
        SecondMoment = list.RowsOf(this.SecondMoment, columns),
    };

    /// <summary>Applies a step to a pack of parameters and returns what they are after it; called in kernels.</summary>
    /// <param name="parameters">The parameters and their moments.</param>
    /// <param name="scalars">The scalars of the step.</param>
    /// <param name="place">The first parameter of the pack.</param>
    /// <param name="values">The parameters before the step.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="gradientFactor">A factor on the gradient.</param>
    public static TPack Apply<TPack>(
        AdamView parameters, OptimizerScalars scalars, long place, TPack values, TPack gradient, float gradientFactor)
        where TPack : unmanaged, IPack<TPack>
    {
        TPack scaled = TPack.AddScaled(default, gradientFactor, gradient);
        TPack first = TPack.Load(parameters.FirstMoment, place);
        if (scalars.IsSignum != 0)
        {
            first = TPack.Map(new IterateFunction { Scalars = scalars }, first, scaled, scaled);
            TPack.Store(parameters.FirstMoment, place, first);
            TPack moved = TPack.Map(new InterpolationFunction { Scalars = scalars }, values, first, scaled);
            TPack.Store(parameters.Values, place, moved);
            return moved;
        }

        TPack second = TPack.Load(parameters.SecondMoment, place);
        first = TPack.Map(new FirstMomentFunction { Scalars = scalars }, first, scaled, scaled);
        second = TPack.Map(new SecondMomentFunction { Scalars = scalars }, second, scaled, scaled);
        TPack changed = TPack.Map(new ParameterFunction { Scalars = scalars }, values, first, second);
        TPack.Store(parameters.FirstMoment, place, first);
        TPack.Store(parameters.SecondMoment, place, second);
        TPack.Store(parameters.Values, place, changed);
        return changed;
    }

    private struct FirstMomentFunction : IPackFunction
    {
        public OptimizerScalars Scalars;

        public readonly float Of(float a, float b, float c) => OptimizerScalars.FirstMoment(this.Scalars, a, b);
    }

    private struct SecondMomentFunction : IPackFunction
    {
        public OptimizerScalars Scalars;

        public readonly float Of(float a, float b, float c) => OptimizerScalars.SecondMoment(this.Scalars, a, b);
    }

    private struct IterateFunction : IPackFunction
    {
        public OptimizerScalars Scalars;

        public readonly float Of(float a, float b, float c) => OptimizerScalars.Iterate(this.Scalars, a, b);
    }

    private struct InterpolationFunction : IPackFunction
    {
        public OptimizerScalars Scalars;

        public readonly float Of(float a, float b, float c) => OptimizerScalars.Interpolated(this.Scalars, a, b, c);
    }

    private struct ParameterFunction : IPackFunction
    {
        public OptimizerScalars Scalars;

        public readonly float Of(float a, float b, float c) => OptimizerScalars.Parameter(this.Scalars, a, b, c);
    }
}
