using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   w ← w / ‖w‖ for every row
/// Work       5 · rows · columns FLOP
/// Traffic    8 · rows · columns bytes; two more readings hit the cache → bound by memory
/// Launch     groups take rows in turns, threads take packs of four columns in turns
/// Shared     1.1 KiB        Barriers  4 a row
/// Order      columns in a fixed tree; deterministic
/// Error      ((columns / 128 + 26) / 2 + 2) · 2⁻²⁴ · |w| / ‖w‖ with IEEE square root and division (CUDA, CPU)
/// Source     Bricken et al. 2023, appendix
/// </summary>
internal sealed class NormalizeRows(KernelDevice device)
{
    private readonly PackKernel<Parameters> kernel = new(device, ScaleRows<Pack1>, ScaleRows<Pack4>);

    public void Run(in NormalizeRowsArguments arguments)
    {
        Parameters parameters = new()
        {
            Matrix = device.View(arguments.Matrix),
            Rows = arguments.Matrix.Rows,
            Columns = arguments.Matrix.Columns,
        };
        this.kernel.Launch(parameters.Rows, parameters.Columns, parameters);
    }

    private static void ScaleRows<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            UnitRow.Scale<TPack>(p.Matrix, (long)row * p.Columns, p.Columns, isWanted: true, shared);
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Matrix;
        public int Rows;
        public int Columns;
    }
}
