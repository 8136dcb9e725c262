using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   x̂ = b_dec + Σ v · W_dec[i, ·]
/// Work       2 · entries · DOut FLOP
/// Traffic    4 · (entries · DOut + batch · DOut) bytes → bound by memory
/// Launch     groups take rows in turns, threads take columns in turns
/// Shared     none        Barriers  none
/// Order      i ascending, fused multiply-adds; deterministic
/// Error      (k + 1) · 2⁻²⁴ · (|b| + Σ|v·w|)
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal sealed class SparseDecode(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, DecodeRows);

    public void Run(in SparseDecodeArguments arguments)
    {
        Parameters parameters = new()
        {
            Codes = CodesView.Of(device, arguments.Codes),
            WDec = device.View(arguments.WDec),
            BDec = device.View(arguments.BDec),
            Reconstruction = device.View(arguments.Reconstruction),
            Rows = arguments.Reconstruction.Rows,
            DOut = arguments.WDec.Columns,
        };
        this.kernel.Launch(device.Groups(parameters.Rows), device.GroupSize, parameters);
    }

    private static void DecodeRows(Parameters p)
    {
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            for (int d = Group.IdxX; d < p.DOut; d += Group.DimX)
            {
                float decoded = CodesView.AddDecoded(p.Codes, row, p.WDec, p.DOut, d, p.BDec[d]);
                p.Reconstruction[((long)row * p.DOut) + d] = decoded;
            }
        }
    }

    internal struct Parameters
    {
        public CodesView Codes;
        public ArrayView<float> WDec;
        public ArrayView<float> BDec;
        public ArrayView<float> Reconstruction;
        public int Rows;
        public int DOut;
    }
}
