using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>A vector as 8-bit integers times a scale, with bounds on what that leaves out.</summary>
/// <param name="Scale">The scale; 0 for a vector of zeros.</param>
/// <param name="Norm">At least the norm of the vector, and of scale · integers.</param>
/// <param name="ErrorNorm">At least the norm of vector − scale · integers.</param>
/// <param name="Sum">The sum of the integers.</param>
/// <param name="IsBounded">Whether the bounds hold: not for NaN, ±∞ and magnitudes far from 1.</param>
/// <remarks>docs/decisions/0008-screening.md derives the factors.</remarks>
internal readonly unsafe record struct Quantization(float Scale, float Norm, float ErrorNorm, int Sum, bool IsBounded)
{
    private const float Most = 127;

    // 2⁻⁴⁰ and 2⁴⁰: between them no product, square or scale underflows or overflows.
    private const float LeastMagnitude = 1 / MostMagnitude;
    private const float MostMagnitude = 1L << 40;

    // Covers every rounding in the norms of up to 65,536 elements.
    private const float RoundingFactor = 1 + (1f / 512);
    private const float UnderflowMargin = 1 / MostMagnitude;

    /// <summary>Rounds a vector to integers from −127 to 127.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="length">Its length; at most 65,536.</param>
    /// <param name="integers">Receives the integers, and zeros up to the next multiple of 16.</param>
    public static Quantization Run(float* vector, int length, sbyte* integers)
    {
        float largest = Largest(vector, length);
        bool isZero = largest == 0;
        bool isBounded = isZero || (largest >= LeastMagnitude && largest <= MostMagnitude);
        if (isZero || !isBounded)
        {
            new Span<sbyte>(integers, Padded(length)).Clear();
            return new Quantization(0, 0, 0, 0, isBounded);
        }

        float scale = largest / Most;
        float inverse = Most / largest;
        Sums sums = default;
        int whole = length / Vector512<float>.Count * Vector512<float>.Count;
        Round(vector, whole, scale, inverse, integers, &sums);
        if (whole < length)
        {
            float* rest = stackalloc float[Vector512<float>.Count];
            new Span<float>(rest, Vector512<float>.Count).Clear();
            new Span<float>(vector + whole, length - whole).CopyTo(new Span<float>(rest, length - whole));
            Round(rest, Vector512<float>.Count, scale, inverse, integers + whole, &sums);
        }

        float integerNorm = scale * MathF.Sqrt(Vector512.Sum(sums.Squares)) * RoundingFactor;
        float errorNorm = scale
            * ((MathF.Sqrt(Vector512.Sum(sums.ErrorSquares)) * RoundingFactor) + UnderflowMargin);
        return new Quantization(
            scale, (integerNorm + errorNorm) * RoundingFactor, errorNorm, Vector512.Sum(sums.Integers), true);
    }

    /// <summary>The integers that a vector takes in memory.</summary>
    public static int Padded(int length) => (length + 15) / 16 * 16;

    /// <summary>The largest magnitude; NaN or ∞ where there is one.</summary>
    private static float Largest(float* vector, int length)
    {
        const int MagnitudeBits = 0x7FFFFFFF;
        // As bits, magnitudes order as numbers, ∞ and NaN above them.
        Vector512<int> most = Vector512<int>.Zero;
        int i = 0;
        for (; i <= length - Vector512<int>.Count; i += Vector512<int>.Count)
        {
            most = Vector512.Max(most, Vector512.Load((int*)vector + i) & Vector512.Create(MagnitudeBits));
        }

        Vector256<int> most8 = Vector256.Max(most.GetLower(), most.GetUpper());
        Vector128<int> most4 = Vector128.Max(most8.GetLower(), most8.GetUpper());
        int largest = Math.Max(Math.Max(most4[0], most4[1]), Math.Max(most4[2], most4[3]));
        for (; i < length; i++)
        {
            largest = Math.Max(largest, ((int*)vector)[i] & MagnitudeBits);
        }

        return BitConverter.Int32BitsToSingle(largest);
    }

    // A method of its own, so that the sums stay in registers: in the one above a vector took 29 cycles, here 7 (Zen 5,
    // 2026-11-23).
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Round(float* vector, int length, float scale, float inverse, sbyte* integers, Sums* sums)
    {
        Vector512<float> squares = sums->Squares;
        Vector512<float> errorSquares = sums->ErrorSquares;
        Vector512<int> total = sums->Integers;
        for (int i = 0; i < length; i += Vector512<float>.Count)
        {
            Vector512<float> values = Vector512.Load(vector + i);
            Vector512<int> rounded = Avx512F.ConvertToVector512Int32(values * Vector512.Create(inverse));
            Vector512<float> numbers = Vector512.ConvertToSingle(rounded);
            // In units of the scale, so that no square underflows.
            Vector512<float> error =
                Avx512F.FusedMultiplyAddNegated(Vector512.Create(scale), numbers, values) * Vector512.Create(inverse);
            squares = Avx512F.FusedMultiplyAdd(numbers, numbers, squares);
            errorSquares = Avx512F.FusedMultiplyAdd(error, error, errorSquares);
            total += rounded;
            Avx512F.ConvertToVector128SByte(rounded).Store(integers + i);
        }

        sums->Squares = squares;
        sums->ErrorSquares = errorSquares;
        sums->Integers = total;
    }

    private struct Sums
    {
        public Vector512<float> Squares;
        public Vector512<float> ErrorSquares;
        public Vector512<int> Integers;
    }
}
