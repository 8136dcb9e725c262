using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   y + scale · W·x
/// Work       2 · batch · DIn · DOut FLOP
/// Traffic    4 · batch · DIn · DOut / 4 bytes from the cache → bound by the cache
/// Launch     threads take numbers of Wᵀ in turns; then groups four rows in turns, threads packs of four outputs
/// Shared     none        Barriers  none
/// Order      i ascending, fused multiply-adds; then the sum with y; deterministic
/// Error      (DIn + 2) · 2⁻²⁴ · (|y| + |scale| · Σ|w·x|)
/// Source     Paulo et al. 2025, §3
/// </summary>
internal sealed class LinearSum(KernelDevice device)
{
    private readonly Kernel<Transposition> transposeKernel = new(device, Transpose);
    private readonly PackProduct product = new(device);

    public void Run(in LinearSumArguments arguments)
    {
        (int dOut, int dIn) = (arguments.Weights.Rows, arguments.Weights.Columns);
        Transposition transposition = new()
        {
            Source = device.View(arguments.Weights),
            Target = device.Scratch.Real("LinearSum.Transposed", (long)dOut * dIn),
            Rows = dOut,
            Columns = dIn,
        };
        this.transposeKernel.Launch(device.GroupsOfElements((long)dOut * dIn), device.GroupSize, transposition);
        this.product.Launch(new PackProduct.Parameters
        {
            Left = device.View(arguments.Input),
            Right = transposition.Target,
            Start = device.View(arguments.Start),
            Result = device.View(arguments.Sum),
            Scale = (float)arguments.Scale,
            HasStart = 1,
            LeftRowStep = dIn,
            LeftDepthStep = 1,
            Rows = arguments.Input.Rows,
            Columns = dOut,
            Depth = dIn,
        });
    }

    private static void Transpose(Transposition p)
    {
        long length = (long)p.Rows * p.Columns;
        long step = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += step)
        {
            p.Target[i] = p.Source[(i % p.Rows * p.Columns) + (i / p.Rows)];
        }
    }

    internal struct Transposition
    {
        public ArrayView<float> Source;
        public ArrayView<float> Target;
        public int Rows;
        public int Columns;
    }
}
