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
    private readonly TransposedCopy transposedCopy = new(device);
    private readonly PackProduct product = new(device);

    public void Run(in LinearSumArguments arguments)
    {
        (int dOut, int dIn) = (arguments.Weights.Rows, arguments.Weights.Columns);
        ArrayView<float> transposed = device.Scratch.Real("LinearSum.Transposed", (long)dOut * dIn);
        this.transposedCopy.Launch(device.View(arguments.Weights), transposed, dOut, dIn);
        this.product.Launch(new PackProduct.Parameters
        {
            Left = device.View(arguments.Input),
            Right = transposed,
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
}
