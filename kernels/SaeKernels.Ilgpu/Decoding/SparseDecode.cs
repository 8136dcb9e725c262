using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   x̂ = b_dec + Σ v · W_dec[i, ·]
/// Work       2 · entries · DOut FLOP
/// Traffic    4 · (entries · DOut + batch · DOut) bytes → bound by memory
/// Launch     groups take rows in turns, threads take packs of four columns in turns; four rows of W_dec in flight
/// Shared     none        Barriers  none
/// Order      i ascending, fused multiply-adds; deterministic
/// Error      (k + 1) · 2⁻²⁴ · (|b| + Σ|v·w|)
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal sealed class SparseDecode(KernelDevice device)
{
    private readonly PackKernel<Parameters> kernel = new(device, DecodeRows<Pack1>, DecodeRows<Pack4>);

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
        this.kernel.Launch(parameters.Rows, parameters.DOut, parameters);
    }

    private static void DecodeRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            for (int d = Group.IdxX * TPack.Width; d < p.DOut; d += Group.DimX * TPack.Width)
            {
                TPack decoded = CodesView.AddDecoded(p.Codes, row, p.WDec, p.DOut, d, TPack.Load(p.BDec, d));
                TPack.Store(p.Reconstruction, ((long)row * p.DOut) + d, decoded);
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
