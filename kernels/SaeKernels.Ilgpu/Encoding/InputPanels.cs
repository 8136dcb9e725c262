using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   inputs in panels of 16 rows whose columns lie together, zeros for rows past the end
/// Work       none
/// Traffic    8 · batch · DIn bytes → bound by memory
/// Launch     groups take panels in turns, threads take columns in turns
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
        this.kernel.Launch(device.Groups(panels), device.GroupSize, parameters);
        return parameters.Panels;
    }

    private static void Interleave(Parameters p)
    {
        int dIn = p.Encoder.DIn;
        for (int panel = Grid.IdxX; panel < p.Count; panel += Grid.DimX)
        {
            for (int d = Group.IdxX; d < dIn; d += Group.DimX)
            {
                long target = (((long)panel * dIn) + d) * LaneTile.Lanes;
                for (int lane = 0; lane < LaneTile.Lanes; lane++)
                {
                    int row = (panel * LaneTile.Lanes) + lane;
                    float value = 0;
                    if (row < p.Encoder.Rows)
                    {
                        value = p.Encoder.Input[((long)row * dIn) + d];
                    }

                    p.Panels[target + lane] = value;
                }
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
