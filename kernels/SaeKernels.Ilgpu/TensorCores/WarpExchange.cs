using System.Collections.Concurrent;
using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// How the lanes of a simulated warp see each other's operands: for the emulation of instructions, never on a device.
/// </summary>
internal static class WarpExchange
{
    /// <summary>Lanes of a warp.</summary>
    public const int Lanes = 32;

    /// <summary>Words that a lane can show.</summary>
    public const int WordsPerLane = 8;

    private const int HalfLength = Lanes * WordsPerLane;
    private static readonly ConcurrentDictionary<int, uint[]> Areas = new();
    private static int areaCount;

    // The simulator has one thread for each lane and never moves it to another warp.
    [ThreadStatic]
    private static uint[]? area;

    [ThreadStatic]
    private static int turn;

    /// <summary>
    /// Shows this lane's words to its warp and returns those of all lanes, valid until the next but one exchange.
    /// </summary>
    /// <param name="words">At most <see cref="WordsPerLane"/> words.</param>
    /// <returns>The words of lane l from l · <see cref="WordsPerLane"/> on.</returns>
    public static ReadOnlySpan<uint> Exchange(params ReadOnlySpan<uint> words)
    {
        area ??= OpenArea();
        // Two halves in turns: a lane that runs ahead writes the half that nobody reads any more, so that one barrier
        // is enough.
        turn ^= 1;
        Span<uint> half = area.AsSpan(turn * HalfLength, HalfLength);
        words.CopyTo(half[(Warp.LaneIdx * WordsPerLane)..]);
        Warp.Barrier();
        return half;
    }

    private static uint[] OpenArea()
    {
        int number = 0;
        if (Warp.LaneIdx == 0)
        {
            number = Interlocked.Increment(ref areaCount);
            Areas[number] = new uint[2 * HalfLength];
        }

        number = Warp.Shuffle(number, 0);
        uint[] shared = Areas[number];
        Warp.Barrier();
        Areas.TryRemove(number, out _);
        return shared;
    }
}
