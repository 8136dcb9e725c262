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

    /// <summary>Applies a step to one parameter; called in kernels.</summary>
    public static void Apply(AdamView parameters, AdamScalars scalars, long place, float gradient)
    {
        float first = AdamScalars.FirstMoment(scalars, parameters.FirstMoment[place], gradient);
        float second = AdamScalars.SecondMoment(scalars, parameters.SecondMoment[place], gradient);
        parameters.FirstMoment[place] = first;
        parameters.SecondMoment[place] = second;
        parameters.Values[place] = AdamScalars.Parameter(scalars, parameters.Values[place], first, second);
    }
}
