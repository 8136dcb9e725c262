using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   X ← X / ‖X‖, then in each iteration X ← X·(a·I + b·A + c·A²) with A = XᵀX, or from the left with XXᵀ
/// Work       4 · n² · m + 2 · n³ FLOP an iteration for sides n ≤ m
/// Traffic    (2 · m + n) · n² bytes an iteration from the cache → bound by the cache
/// Launch     sums of squares and the scaling: threads take numbers in turns; products: those of PackProduct
/// Shared     1.1 KiB        Barriers  4
/// Order      the norm in fixed trees of two-float sums; rows, then columns ascending, fused; deterministic
/// Error      an iteration (m + n + 4) · 2⁻²⁴ of sums of magnitudes; the norm: 3 · 2⁻²⁴
///            (IEEE square root and division on CUDA and CPU; an OpenCL device may add 3 ulp for each)
/// Source     Jordan et al. 2024, "Muon"
/// </summary>
internal sealed class Orthogonalize(KernelDevice device)
{
    private const int MostGroups = 128;
    private readonly Kernel<Scaling> sumKernel = new(device, SumSquares);
    private readonly Kernel<Scaling> scaleKernel = new(device, Scale);
    private readonly Kernel<LowTerms> lowTermsKernel = new(device, AddLowTerms);
    private readonly PackProduct product = new(device);
    private readonly TransposedCopy transposedCopy = new(device);

    public void Run(in OrthogonalizeArguments arguments)
    {
        arguments.Validate();
        (int rows, int columns) = (arguments.Matrix.Rows, arguments.Matrix.Columns);
        long length = (long)rows * columns;
        if (length == 0)
        {
            return;
        }

        ArrayView<float> given = device.View(arguments.Matrix).SubView(0, length);
        ArrayView<float> other = device.Scratch.Real("Orthogonalize.Other", length);
        if (rows >= columns)
        {
            // Each iteration goes from one place to the other; the last one ends in the matrix.
            bool isOdd = arguments.Iterations % 2 != 0;
            Normalize(given, isOdd ? other : given, length);
            Iterate(isOdd ? other : given, isOdd ? given : other, rows, columns, arguments.Iterations);
            return;
        }

        ArrayView<float> turned = device.Scratch.Real("Orthogonalize.Turned", length);
        this.transposedCopy.Launch(given, turned, rows, columns);
        Normalize(turned, turned, length);
        ArrayView<float> result = Iterate(turned, other, columns, rows, arguments.Iterations);
        this.transposedCopy.Launch(result, given, columns, rows);
    }

    private void Normalize(ArrayView<float> source, ArrayView<float> target, long length)
    {
        int groups = Math.Min(device.GroupsOfElements(length), MostGroups);
        Scaling scaling = new()
        {
            Source = source,
            Target = target,
            High = device.Scratch.Real("Orthogonalize.High", groups),
            Low = device.Scratch.Real("Orthogonalize.Low", groups),
            Length = length,
            Partials = groups,
        };
        this.sumKernel.Launch(groups, device.GroupSize, scaling);
        this.scaleKernel.Launch(device.GroupsOfElements(length), device.GroupSize, scaling);
    }

    /// <summary>Enqueues all iterations; returns which of the two places has the result.</summary>
    private ArrayView<float> Iterate(
        ArrayView<float> matrix, ArrayView<float> other, int rows, int columns, int iterations)
    {
        long square = (long)columns * columns;
        ArrayView<float> gram = device.Scratch.Real("Orthogonalize.Gram", square);
        ArrayView<float> factor = device.Scratch.Real("Orthogonalize.Factor", square);
        LowTerms lowTerms = new() { Gram = gram, Result = factor, Side = columns };
        PackProduct.Parameters ofSides = new()
        {
            Start = factor,
            HasStart = 0,
            Scale = 1,
            Columns = columns,
        };
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            this.product.Launch(ofSides with
            {
                Left = matrix,
                LeftRowStep = 1,
                LeftDepthStep = columns,
                Right = matrix,
                Result = gram,
                Rows = columns,
                Depth = rows,
            });
            this.lowTermsKernel.Launch(device.GroupsOfElements(square), device.GroupSize, lowTerms);
            this.product.Launch(ofSides with
            {
                Left = gram,
                LeftRowStep = columns,
                LeftDepthStep = 1,
                Right = gram,
                HasStart = 1,
                Scale = (float)OrthogonalizeArguments.Quintic,
                Result = factor,
                Rows = columns,
                Depth = columns,
            });
            this.product.Launch(ofSides with
            {
                Left = matrix,
                LeftRowStep = columns,
                LeftDepthStep = 1,
                Right = factor,
                Result = other,
                Rows = rows,
                Depth = columns,
            });
            (matrix, other) = (other, matrix);
        }

        return matrix;
    }

    private static void SumSquares(Scaling p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        long step = (long)Grid.DimX * Group.DimX;
        TwoFloat sum = default;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Length; i += step)
        {
            sum = TwoFloat.AddProduct(sum, p.Source[i], p.Source[i]);
        }

        sum = GroupReduction.Sum(shared, sum);
        if (Group.IdxX == 0)
        {
            p.High[Grid.IdxX] = sum.High;
            p.Low[Grid.IdxX] = sum.Low;
        }
    }

    private static void Scale(Scaling p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        TwoFloat sum = default;
        for (int i = Group.IdxX; i < p.Partials; i += Group.DimX)
        {
            sum = TwoFloat.Add(sum, new TwoFloat(p.High[i], p.Low[i]));
        }

        float norm = MathF.Sqrt(GroupReduction.Sum(shared, sum).High);
        float divisor = norm == 0 ? 1 : norm;
        long step = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < p.Length; i += step)
        {
            p.Target[i] = p.Source[i] / divisor;
        }
    }

    /// <summary>a·I + b·A.</summary>
    private static void AddLowTerms(LowTerms p)
    {
        long length = (long)p.Side * p.Side;
        long step = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < length; i += step)
        {
            float linear = i / p.Side == i % p.Side ? (float)OrthogonalizeArguments.Linear : 0;
            p.Result[i] = Fma((float)OrthogonalizeArguments.Cubic, p.Gram[i], linear);
        }
    }

    internal struct Scaling
    {
        public ArrayView<float> Source;
        public ArrayView<float> Target;
        public ArrayView<float> High;
        public ArrayView<float> Low;
        public long Length;
        public int Partials;
    }

    internal struct LowTerms
    {
        public ArrayView<float> Gram;
        public ArrayView<float> Result;
        public int Side;
    }
}
