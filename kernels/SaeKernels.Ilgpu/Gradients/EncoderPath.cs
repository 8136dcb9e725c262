using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       18 · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn bytes → bound by memory
/// Launch     that of ColumnSums; then a group for 16 columns
/// Shared     1.1 KiB        Barriers  2 a group
/// Order      latents in a fixed tree of two-float sums; deterministic
/// Error      one rounding of the result + DSae² · 2⁻⁴⁸ · Σ|∂b·w|
/// Source     the chain rule; two-float sums: Ogita, Rump, Oishi 2005
/// </summary>
internal sealed class EncoderPath(KernelDevice device)
{
    private readonly ColumnSums columnSums = new(device);
    private readonly Kernel<Parameters> kernel = new(device, Combine);

    public void Launch(
        ArrayView<float> wEnc, ArrayView<float> gradBEnc, int latents, int dIn, ArrayView<float> encoderPath)
    {
        Parameters parameters = new()
        {
            ColumnSums = this.columnSums.LaunchWeighted(wEnc, gradBEnc, latents, dIn),
            EncoderPath = encoderPath,
            DIn = dIn,
        };
        this.kernel.Launch(Ilgpu.ColumnSums.Partials.Groups(device, dIn), device.GroupSize, parameters);
    }

    private static void Combine(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int step = Ilgpu.ColumnSums.Partials.ColumnsOfGroup;
        for (int first = Grid.IdxX * step; first < p.DIn; first += Grid.DimX * step)
        {
            TwoFloat sum = Ilgpu.ColumnSums.Partials.Total(p.ColumnSums, first, shared);
            int d = first + Group.IdxX;
            if (Group.IdxX < step && d < p.DIn)
            {
                p.EncoderPath[d] = TwoFloat.Value(sum);
            }
        }
    }

    internal struct Parameters
    {
        public ColumnSums.Partials ColumnSums;
        public ArrayView<float> EncoderPath;
        public int DIn;
    }
}
