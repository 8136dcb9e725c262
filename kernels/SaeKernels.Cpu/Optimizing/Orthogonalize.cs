using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   X ← X / ‖X‖, then in each iteration X ← X·(a·I + b·A + c·A²) with A = XᵀX, or from the left with XXᵀ
/// Work       3 · n² · m + n³ FLOP an iteration for sides n ≤ m: a Gram matrix is half of a product
/// Traffic    16 · rows · columns bytes an iteration → bound by the multiply-add units
/// Launch     chunks of a tile's columns (6 to 12) of a Gram matrix over the team, 512 rows at a time; chunks of 96
///            rows of the product
/// Shared     5 · n² and 512 · n numbers; 96 · n and a panel of 512 · 12 a thread; m · n more where X is turned
/// Barriers   two for 512 rows, and four more an iteration
/// Order      rows ascending, then columns ascending, fused; the norm in float64; deterministic
/// Error      an iteration (m + n + 4) · 2⁻²⁴ of sums of magnitudes; the norm is rounded once
/// Source     Jordan et al. 2024, "Muon"; blocking: Goto and van de Geijn, TOMS 34, 2008
/// </summary>
internal static unsafe class Orthogonalize
{
    private const int NumbersPerChunk = 1 << 16;

    // Below it the factor would leave the range of float32.
    private const double SmallestNorm = 1e-30;

    public static void Run(CpuContext context, in OrthogonalizeArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        if (arguments.Matrix.Rows == 0)
        {
            return;
        }

        if (Vector512.IsHardwareAccelerated)
        {
            Run<Tile512>(context, arguments);
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            Run<Tile256>(context, arguments);
        }
        else
        {
            Run<Tile128>(context, arguments);
        }
    }

    private static void Run<TTile>(CpuContext context, in OrthogonalizeArguments arguments)
        where TTile : struct, ITile
    {
        (int rows, int columns) = (arguments.Matrix.Rows, arguments.Matrix.Columns);
        float* given = HostPointers.Of(arguments.Matrix);
        if (rows >= columns)
        {
            Iterate<TTile>(context, given, rows, columns, arguments.Iterations);
            return;
        }

        float* turned = context.Scratch.Take<float>((long)rows * columns);
        Transposition.Run(given, columns, rows, columns, turned, rows);
        Iterate<TTile>(context, turned, columns, rows, arguments.Iterations);
        Transposition.Run(turned, rows, columns, rows, given, columns);
    }

    private static void Iterate<TTile>(CpuContext context, float* matrix, int rows, int columns, int iterations)
        where TTile : struct, ITile
    {
        Normalize(context, matrix, (long)rows * columns);
        GramProduct<TTile> gram = new(context, columns);
        RowProduct<TTile> product = new(context, matrix, rows, columns);
        Polynomial polynomial = new()
        {
            Gram = context.Scratch.Take<float>((long)columns * columns),
            Square = context.Scratch.Take<float>((long)columns * columns),
            Side = columns,
        };
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            gram.Run(context, matrix, rows, polynomial.Gram);
            // A symmetric matrix times itself is its transpose times itself.
            gram.Run(context, polynomial.Gram, columns, polynomial.Square);
            context.Team.For(columns, polynomial);
            product.Run(context, polynomial.Gram);
        }
    }

    private static void Normalize(CpuContext context, float* matrix, long length)
    {
        int chunks = (int)((length + NumbersPerChunk - 1) / NumbersPerChunk);
        Scaling scaling = new()
        {
            Matrix = matrix,
            Length = length,
            Squares = context.Scratch.Take<double>(chunks),
        };
        context.Team.For(chunks, scaling);
        double squares = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            squares += scaling.Squares[chunk];
        }

        double norm = Math.Sqrt(squares);
        scaling.Factor = norm < SmallestNorm ? 1 : (float)(1 / norm);
        scaling.IsScaled = true;
        context.Team.For(chunks, scaling);
    }

    /// <summary>Squares of chunks are summed, then the chunks are scaled.</summary>
    private struct Scaling : IChunkBody
    {
        public float* Matrix;
        public double* Squares;
        public long Length;
        public float Factor;
        public bool IsScaled;

        public readonly void Run(int chunk, int worker)
        {
            long first = (long)chunk * NumbersPerChunk;
            int count = (int)Math.Min(NumbersPerChunk, this.Length - first);
            if (this.IsScaled)
            {
                Rows.Scale(this.Matrix + first, this.Factor, count);
            }
            else
            {
                this.Squares[chunk] = Rows.SumOfSquares(this.Matrix + first, count);
            }
        }
    }

    /// <summary>A ← a·I + b·A + c·A², a row a chunk.</summary>
    private struct Polynomial : IChunkBody
    {
        public float* Gram;
        public float* Square;
        public int Side;

        public readonly void Run(int chunk, int worker)
        {
            float* row = this.Gram + ((long)chunk * this.Side);
            Rows.Scale(row, (float)OrthogonalizeArguments.Cubic, this.Side);
            row[chunk] += (float)OrthogonalizeArguments.Linear;
            float* square = this.Square + ((long)chunk * this.Side);
            Rows.AddScaled(row, (float)OrthogonalizeArguments.Quintic, square, this.Side);
        }
    }
}
