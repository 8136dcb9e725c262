using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Cpu;

/// <summary>A tile of 12 × 32 in 512-bit vectors: 24 chains, 27 of 32 registers.</summary>
internal readonly unsafe struct Tile512 : ITile
{
    public static int Rows => 12;

    public static int Latents => 32;

    // Not inlined: the accumulators would be spilled in a larger method (80 instead of 220 GFLOP/s, Zen 5, 2026-11-22).
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void MultiplyAdd(
        float* x, float* w, int depth, float* start, int startStride, float* result, float* ahead, int aheadStep)
    {
        Vector512<float> low0 = Low(start), high0 = High(start);
        Vector512<float> low1 = Low(start + startStride), high1 = High(start + startStride);
        Vector512<float> low2 = Low(start + (2 * startStride)), high2 = High(start + (2 * startStride));
        Vector512<float> low3 = Low(start + (3 * startStride)), high3 = High(start + (3 * startStride));
        Vector512<float> low4 = Low(start + (4 * startStride)), high4 = High(start + (4 * startStride));
        Vector512<float> low5 = Low(start + (5 * startStride)), high5 = High(start + (5 * startStride));
        Vector512<float> low6 = Low(start + (6 * startStride)), high6 = High(start + (6 * startStride));
        Vector512<float> low7 = Low(start + (7 * startStride)), high7 = High(start + (7 * startStride));
        Vector512<float> low8 = Low(start + (8 * startStride)), high8 = High(start + (8 * startStride));
        Vector512<float> low9 = Low(start + (9 * startStride)), high9 = High(start + (9 * startStride));
        Vector512<float> low10 = Low(start + (10 * startStride)), high10 = High(start + (10 * startStride));
        Vector512<float> low11 = Low(start + (11 * startStride)), high11 = High(start + (11 * startStride));
        for (; depth > 0; depth--, x += 12, w += 32, ahead += aheadStep)
        {
            Cpu.Rows.PrefetchLine(ahead);
            Vector512<float> low = Low(w), high = High(w);
            Accumulate(x[0], low, high, ref low0, ref high0);
            Accumulate(x[1], low, high, ref low1, ref high1);
            Accumulate(x[2], low, high, ref low2, ref high2);
            Accumulate(x[3], low, high, ref low3, ref high3);
            Accumulate(x[4], low, high, ref low4, ref high4);
            Accumulate(x[5], low, high, ref low5, ref high5);
            Accumulate(x[6], low, high, ref low6, ref high6);
            Accumulate(x[7], low, high, ref low7, ref high7);
            Accumulate(x[8], low, high, ref low8, ref high8);
            Accumulate(x[9], low, high, ref low9, ref high9);
            Accumulate(x[10], low, high, ref low10, ref high10);
            Accumulate(x[11], low, high, ref low11, ref high11);
        }

        Store(low0, high0, result);
        Store(low1, high1, result + 32);
        Store(low2, high2, result + 64);
        Store(low3, high3, result + 96);
        Store(low4, high4, result + 128);
        Store(low5, high5, result + 160);
        Store(low6, high6, result + 192);
        Store(low7, high7, result + 224);
        Store(low8, high8, result + 256);
        Store(low9, high9, result + 288);
        Store(low10, high10, result + 320);
        Store(low11, high11, result + 352);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotBelow(float* values, float threshold)
    {
        Vector512<float> limit = Vector512.Create(threshold);
        uint low = (uint)Vector512.LessThanOrEqual(Low(values), limit).ExtractMostSignificantBits();
        uint high = (uint)Vector512.LessThanOrEqual(High(values), limit).ExtractMostSignificantBits();
        return ~(low | (high << 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint NotBelow(float* values, float* thresholds)
    {
        uint low = (uint)Vector512.LessThanOrEqual(Low(values), Low(thresholds)).ExtractMostSignificantBits();
        uint high = (uint)Vector512.LessThanOrEqual(High(values), High(thresholds)).ExtractMostSignificantBits();
        return ~(low | (high << 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        float x,
        Vector512<float> wLow,
        Vector512<float> wHigh,
        ref Vector512<float> low,
        ref Vector512<float> high)
    {
        Vector512<float> factor = Vector512.Create(x);
        low = Vector512.FusedMultiplyAdd(factor, wLow, low);
        high = Vector512.FusedMultiplyAdd(factor, wHigh, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Low(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> High(float* source) => Vector512.Load(source + 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector512<float> low, Vector512<float> high, float* destination)
    {
        low.Store(destination);
        high.Store(destination + 16);
    }
}
