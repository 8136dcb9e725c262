using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   ∂b_dec = scale · Σ_b e[b] − Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       6 · batch · DOut FLOP
/// Traffic    4 · batch · DOut bytes → bound by memory
/// Launch     that of ColumnSums; then a group for 16 columns
/// Shared     1.1 KiB        Barriers  2 a group
/// Order      rows in a fixed tree of two-float sums; deterministic
/// Error      3 · 2⁻²⁴ · (|scale · Σe| + |path|) + batch² · 2⁻⁴⁸ · |scale| · Σ|e|
///            (sae verify allows a plain float32 sum of batch terms: the errors here are 1e-5 of that at batch 1200)
/// Source     the chain rule; two-float sums: Ogita, Rump, Oishi 2005
/// </summary>
internal sealed class DecoderBiasGradient(KernelDevice device)
{
    private readonly ColumnSums columnSums = new(device);
    private readonly Kernel<Parameters> kernel = new(device, Combine);

    public void Run(in DecoderBiasGradientArguments arguments)
    {
        int dOut = arguments.Residuals.Columns;
        ArrayView<float> gradBDec = device.View(arguments.GradBDec);
        Parameters parameters = new()
        {
            ColumnSums = this.columnSums.Launch(device.View(arguments.Residuals), arguments.Residuals.Rows, dOut),
            EncoderPath = arguments.EncoderPath is null ? gradBDec : device.View(arguments.EncoderPath),
            HasEncoderPath = arguments.EncoderPath is null ? 0 : 1,
            GradBDec = gradBDec,
            Scale = (float)arguments.ResidualScale,
            DOut = dOut,
        };
        this.kernel.Launch(Ilgpu.ColumnSums.Partials.Groups(device, dOut), device.GroupSize, parameters);
    }

    private static void Combine(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int step = Ilgpu.ColumnSums.Partials.ColumnsOfGroup;
        for (int first = Grid.IdxX * step; first < p.DOut; first += Grid.DimX * step)
        {
            TwoFloat sum = Ilgpu.ColumnSums.Partials.Total(p.ColumnSums, first, shared);
            int d = first + Group.IdxX;
            if (Group.IdxX < step && d < p.DOut)
            {
                float path = 0;
                if (p.HasEncoderPath != 0)
                {
                    path = p.EncoderPath[d];
                }

                p.GradBDec[d] = Fma(p.Scale, TwoFloat.Value(sum), -path);
            }
        }
    }

    internal struct Parameters
    {
        public ColumnSums.Partials ColumnSums;
        public ArrayView<float> EncoderPath;
        public ArrayView<float> GradBDec;
        public float Scale;
        public int HasEncoderPath;
        public int DOut;
    }
}
