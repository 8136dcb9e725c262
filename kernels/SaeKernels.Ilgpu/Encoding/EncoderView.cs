using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of an encoder and of what it encodes.</summary>
internal struct EncoderView
{
    public ArrayView<float> Input;
    public ArrayView<float> WEnc;
    public ArrayView<float> BEnc;
    public int Rows;
    public int Latents;
    public int DIn;

    /// <summary>Whether every row begins at a multiple of 16 bytes.</summary>
    public int IsAligned;

    public static EncoderView Of(KernelDevice device, RealMatrix input, RealMatrix wEnc, RealBuffer bEnc) => new()
    {
        Input = device.View(input),
        WEnc = device.ViewUnchanged(wEnc),
        BEnc = device.View(bEnc),
        Rows = input.Rows,
        Latents = wEnc.Rows,
        DIn = input.Columns,
        IsAligned = input.Columns % Quad.Length == 0 ? 1 : 0,
    };
}
