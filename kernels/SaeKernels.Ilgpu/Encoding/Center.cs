using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   x − b_dec
/// Work       batch · DIn FLOP
/// Traffic    8 · batch · DIn bytes → bound by memory
/// Launch     groups take rows in turns, threads take packs of four columns in turns
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      one rounding
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal sealed class Center(KernelDevice device)
{
    private readonly PackKernel<Parameters> kernel = new(device, Subtract<Pack1>, Subtract<Pack4>);

    public void Run(in CenterArguments arguments)
    {
        Parameters parameters = new()
        {
            Activations = device.View(arguments.Activations),
            BDec = device.View(arguments.BDec),
            Centered = device.View(arguments.Centered),
            Rows = arguments.Activations.Rows,
            Columns = arguments.Activations.Columns,
        };
        this.kernel.Launch(parameters.Rows, parameters.Columns, parameters);
    }

    private static void Subtract<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            for (int d = Group.IdxX * TPack.Width; d < p.Columns; d += Group.DimX * TPack.Width)
            {
                long place = ((long)row * p.Columns) + d;
                TPack centered = TPack.Subtract(TPack.Load(p.Activations, place), TPack.Load(p.BDec, d));
                TPack.Store(p.Centered, place, centered);
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Activations;
        public ArrayView<float> BDec;
        public ArrayView<float> Centered;
        public int Rows;
        public int Columns;
    }
}
