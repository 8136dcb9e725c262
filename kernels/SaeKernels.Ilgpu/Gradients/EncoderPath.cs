using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       18 · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn bytes → bound by memory
/// Launch     that of ColumnSums; then one thread a column
/// Shared     none        Barriers  none
/// Order      latents ascending, in two-float sums; deterministic
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
        this.kernel.Launch(device.GroupsOfElements(dIn), device.GroupSize, parameters);
    }

    private static void Combine(Parameters p)
    {
        for (int d = (Grid.IdxX * Group.DimX) + Group.IdxX; d < p.DIn; d += Grid.DimX * Group.DimX)
        {
            p.EncoderPath[d] = TwoFloat.Value(Ilgpu.ColumnSums.Partials.Total(p.ColumnSums, d));
        }
    }

    internal struct Parameters
    {
        public ColumnSums.Partials ColumnSums;
        public ArrayView<float> EncoderPath;
        public int DIn;
    }
}
