using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of the moving averages of latents' rows.</summary>
internal struct AverageView
{
    public ArrayView<float> WEnc;
    public ArrayView<float> BEnc;
    public ArrayView<float> WDec;
    public WeightedSum.Factors Factors;

    /// <summary>The part that belongs to the latents of a list.</summary>
    public static AverageView Of(KernelDevice device, RowAverages averages, EntryList list, int dIn, int dOut) => new()
    {
        WEnc = list.RowsOf(device.View(averages.WEnc), dIn),
        BEnc = list.RowsOf(device.View(averages.BEnc), 1),
        WDec = list.RowsOf(device.View(averages.WDec), dOut),
        Factors = WeightedSum.Factors.Of(averages.Decay, 1 - averages.Decay),
    };

    /// <summary>No averages: numbers that nobody reads or writes, as kernels take no view of nothing.</summary>
    public static AverageView None(ArrayView<float> any) => new() { WEnc = any, BEnc = any, WDec = any };
}
