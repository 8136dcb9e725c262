using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Cpu;

/// <summary>A tile of 6 × 16 in 256-bit vectors: 12 chains, 15 of 16 registers.</summary>
internal readonly unsafe struct Tile256 : ITile
{
    public static int Rows => 6;

    public static int Latents => 16;

    // Not inlined: the accumulators would be spilled in a larger method (80 instead of 220 GFLOP/s, Zen 5, 2026-11-22).
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void MultiplyAdd(
        float* x, float* w, int depth, float* start, int startStride, float* result, float* ahead, int aheadStep)
    {
        Vector256<float> low0 = Low(start), high0 = High(start);
        Vector256<float> low1 = Low(start + startStride), high1 = High(start + startStride);
        Vector256<float> low2 = Low(start + (2 * startStride)), high2 = High(start + (2 * startStride));
        Vector256<float> low3 = Low(start + (3 * startStride)), high3 = High(start + (3 * startStride));
        Vector256<float> low4 = Low(start + (4 * startStride)), high4 = High(start + (4 * startStride));
        Vector256<float> low5 = Low(start + (5 * startStride)), high5 = High(start + (5 * startStride));
        for (; depth > 0; depth--, x += 6, w += 16, ahead += aheadStep)
        {
            Cpu.Rows.PrefetchLine(ahead);
            Vector256<float> low = Low(w), high = High(w);
            Accumulate(x[0], low, high, ref low0, ref high0);
            Accumulate(x[1], low, high, ref low1, ref high1);
            Accumulate(x[2], low, high, ref low2, ref high2);
            Accumulate(x[3], low, high, ref low3, ref high3);
            Accumulate(x[4], low, high, ref low4, ref high4);
            Accumulate(x[5], low, high, ref low5, ref high5);
        }

        Store(low0, high0, result);
        Store(low1, high1, result + 16);
        Store(low2, high2, result + 32);
        Store(low3, high3, result + 48);
        Store(low4, high4, result + 64);
        Store(low5, high5, result + 80);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotBelow(float* values, float threshold)
    {
        Vector256<float> limit = Vector256.Create(threshold);
        uint low = (uint)Vector256.LessThanOrEqual(Low(values), limit).ExtractMostSignificantBits();
        uint high = (uint)Vector256.LessThanOrEqual(High(values), limit).ExtractMostSignificantBits();
        return ~(low | (high << 8)) & 0xFFFF;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotBelow(float* values, float* thresholds)
    {
        uint low = (uint)Vector256.LessThanOrEqual(Low(values), Low(thresholds)).ExtractMostSignificantBits();
        uint high = (uint)Vector256.LessThanOrEqual(High(values), High(thresholds)).ExtractMostSignificantBits();
        return ~(low | (high << 8)) & 0xFFFF;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        float x,
        Vector256<float> wLow,
        Vector256<float> wHigh,
        ref Vector256<float> low,
        ref Vector256<float> high)
    {
        Vector256<float> factor = Vector256.Create(x);
        low = Vector256.FusedMultiplyAdd(factor, wLow, low);
        high = Vector256.FusedMultiplyAdd(factor, wHigh, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Low(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> High(float* source) => Vector256.Load(source + 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> low, Vector256<float> high, float* destination)
    {
        low.Store(destination);
        high.Store(destination + 8);
    }
}
