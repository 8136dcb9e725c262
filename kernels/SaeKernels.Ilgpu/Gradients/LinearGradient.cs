using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   ∂W = scale · Σ_b e[b] · x[b]ᵀ, and ‖∂W[o]‖² of each row
/// Work       2 · batch · DIn · DOut FLOP
/// Traffic    4 · batch · DIn · DOut / 4 bytes from the cache → bound by the cache
/// Launch     groups take four outputs in turns, threads packs of four inputs; then groups take rows of ∂W in turns
/// Shared     1.1 KiB        Barriers  2 a row of ∂W
/// Order      rows of the batch ascending, fused multiply-adds; squares in a fixed tree; deterministic
/// Error      (batch + 1) · 2⁻²⁴ · |scale| · Σ|e·x|; squares DIn · 2⁻²⁴ · Σ∂W² more
/// Source     the chain rule
/// </summary>
internal sealed class LinearGradient(KernelDevice device)
{
    private readonly PackProduct product = new(device);
    private readonly Kernel<Parameters> squareKernel = new(device, SquareRows);

    public void Run(in LinearGradientArguments arguments)
    {
        (int dOut, int dIn) = (arguments.Gradient.Rows, arguments.Gradient.Columns);
        ArrayView<float> gradient = device.View(arguments.Gradient);
        this.product.Launch(new PackProduct.Parameters
        {
            Left = device.View(arguments.Residuals),
            Right = device.View(arguments.Input),
            Start = gradient,
            Result = gradient,
            Scale = (float)arguments.ResidualScale,
            HasStart = 0,
            LeftRowStep = 1,
            LeftDepthStep = dOut,
            Rows = dOut,
            Columns = dIn,
            Depth = arguments.Input.Rows,
        });
        Parameters parameters = new()
        {
            Gradient = gradient,
            Norms = device.View(arguments.RowSquaredNorms),
            FirstNorm = arguments.FirstNorm,
            Rows = dOut,
            Columns = dIn,
        };
        this.squareKernel.Launch(device.Groups(dOut), device.GroupSize, parameters);
    }

    private static void SquareRows(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            float squares = 0;
            for (int column = Group.IdxX; column < p.Columns; column += Group.DimX)
            {
                float number = p.Gradient[((long)row * p.Columns) + column];
                squares = FusedMultiplyAdd.Fma(number, number, squares);
            }

            squares = GroupReduction.Sum(shared, squares);
            if (Group.IdxX == 0)
            {
                p.Norms[p.FirstNorm + row] = squares;
            }
        }
    }

    internal struct Parameters
    {
        public ArrayView<float> Gradient;
        public ArrayView<float> Norms;
        public int FirstNorm;
        public int Rows;
        public int Columns;
    }
}
