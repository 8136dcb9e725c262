using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   x − b_dec
/// Work       batch · DIn FLOP
/// Traffic    8 · batch · DIn bytes → bound by memory
/// Launch     groups take rows in turns, threads take columns in turns
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      one rounding
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal sealed class Center(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, Subtract);

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
        this.kernel.Launch(device.Groups(parameters.Rows), device.GroupSize, parameters);
    }

    private static void Subtract(Parameters p)
    {
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            long start = (long)row * p.Columns;
            for (int column = Group.IdxX; column < p.Columns; column += Group.DimX)
            {
                p.Centered[start + column] = p.Activations[start + column] - p.BDec[column];
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
