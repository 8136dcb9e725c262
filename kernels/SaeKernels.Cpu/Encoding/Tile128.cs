using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Cpu;

/// <summary>A tile of 8 × 8 in 128-bit vectors: 16 chains, 19 of Arm's 32 registers.</summary>
internal readonly unsafe struct Tile128 : ITile
{
    public static int Rows => 8;

    public static int Latents => 8;

    // Not inlined: the accumulators would be spilled in a larger method (80 instead of 220 GFLOP/s, Zen 5, 2026-11-22).
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void MultiplyAdd(
        float* x, float* w, int depth, float* start, int startStride, float* result, float* ahead, int aheadStep)
    {
        Vector128<float> low0 = Low(start), high0 = High(start);
        Vector128<float> low1 = Low(start + startStride), high1 = High(start + startStride);
        Vector128<float> low2 = Low(start + (2 * startStride)), high2 = High(start + (2 * startStride));
        Vector128<float> low3 = Low(start + (3 * startStride)), high3 = High(start + (3 * startStride));
        Vector128<float> low4 = Low(start + (4 * startStride)), high4 = High(start + (4 * startStride));
        Vector128<float> low5 = Low(start + (5 * startStride)), high5 = High(start + (5 * startStride));
        Vector128<float> low6 = Low(start + (6 * startStride)), high6 = High(start + (6 * startStride));
        Vector128<float> low7 = Low(start + (7 * startStride)), high7 = High(start + (7 * startStride));
        for (; depth > 0; depth--, x += 8, w += 8, ahead += aheadStep)
        {
            Cpu.Rows.PrefetchLine(ahead);
            Vector128<float> low = Low(w), high = High(w);
            Accumulate(x[0], low, high, ref low0, ref high0);
            Accumulate(x[1], low, high, ref low1, ref high1);
            Accumulate(x[2], low, high, ref low2, ref high2);
            Accumulate(x[3], low, high, ref low3, ref high3);
            Accumulate(x[4], low, high, ref low4, ref high4);
            Accumulate(x[5], low, high, ref low5, ref high5);
            Accumulate(x[6], low, high, ref low6, ref high6);
            Accumulate(x[7], low, high, ref low7, ref high7);
        }

        Store(low0, high0, result);
        Store(low1, high1, result + 8);
        Store(low2, high2, result + 16);
        Store(low3, high3, result + 24);
        Store(low4, high4, result + 32);
        Store(low5, high5, result + 40);
        Store(low6, high6, result + 48);
        Store(low7, high7, result + 56);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotBelow(float* values, float threshold)
    {
        Vector128<float> limit = Vector128.Create(threshold);
        uint low = (uint)Vector128.LessThanOrEqual(Low(values), limit).ExtractMostSignificantBits();
        uint high = (uint)Vector128.LessThanOrEqual(High(values), limit).ExtractMostSignificantBits();
        return ~(low | (high << 4)) & 0xFF;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotBelow(float* values, float* thresholds)
    {
        uint low = (uint)Vector128.LessThanOrEqual(Low(values), Low(thresholds)).ExtractMostSignificantBits();
        uint high = (uint)Vector128.LessThanOrEqual(High(values), High(thresholds)).ExtractMostSignificantBits();
        return ~(low | (high << 4)) & 0xFF;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        float x,
        Vector128<float> wLow,
        Vector128<float> wHigh,
        ref Vector128<float> low,
        ref Vector128<float> high)
    {
        Vector128<float> factor = Vector128.Create(x);
        low = Vector128.FusedMultiplyAdd(factor, wLow, low);
        high = Vector128.FusedMultiplyAdd(factor, wHigh, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Low(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> High(float* source) => Vector128.Load(source + 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<float> low, Vector128<float> high, float* destination)
    {
        low.Store(destination);
        high.Store(destination + 4);
    }
}
