using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   inputs in panels of 16 rows whose columns lie together; rows past the end repeat the last one
/// Work       none
/// Traffic    8 · batch · DIn bytes → bound by memory
/// Launch     groups of one thread take panels in turns
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      none
/// Source     Goto, van de Geijn 2008 (packing)
/// </summary>
internal sealed class InputPanels(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, Interleave);

    public ArrayView<float> Launch(in EncoderView encoder)
    {
        int panels = (encoder.Rows + LaneTile.Lanes - 1) / LaneTile.Lanes;
        Parameters parameters = new()
        {
            Encoder = encoder,
            Panels = device.Scratch.Real("InputPanels.Panels", Math.Max(
                (long)panels * encoder.DIn * LaneTile.Lanes, 1)),
            Count = panels,
        };
        this.kernel.Launch(device.Groups(panels), 1, parameters);
        return parameters.Panels;
    }

    private static void Interleave(Parameters p)
    {
        int dIn = p.Encoder.DIn;
        for (int panel = Grid.IdxX; panel < p.Count; panel += Grid.DimX)
        {
            int row = panel * LaneTile.Lanes;
            for (int d = 0; d < dIn; d++)
            {
                Lane16 column = Lane16.LoadColumn(p.Encoder.Input, dIn, row, p.Encoder.Rows - 1, d);
                Lane16.Store(column, p.Panels, (((long)panel * dIn) + d) * LaneTile.Lanes);
            }
        }
    }

    internal struct Parameters
    {
        public EncoderView Encoder;
        public ArrayView<float> Panels;
        public int Count;
    }
}
