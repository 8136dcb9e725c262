using System.Diagnostics;
using System.Runtime.Intrinsics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>What the processor reaches with the team's threads, measured.</summary>
internal static unsafe class CpuCeilings
{
    // About 1 ms a chunk at 100 GFLOP/s: long beside handing out a chunk, short beside a second.
    private const int FmaRounds = 1 << 18;
    private const int TilesPerChunk = 1 << 9;
    private const int ChunksPerThread = 4;
    private const int Runs = 20;
    private const long SmallestSet = 1 << 20;
    private const long LargestSet = 1 << 28;

    /// <summary>Measures with the widest vectors there are.</summary>
    /// <param name="context">The threads.</param>
    /// <param name="workingSetBytes">Bytes that are streamed through; taken between 1 MiB and 256 MiB.</param>
    public static IReadOnlyList<DeviceCeiling> Measure(CpuContext context, long workingSetBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workingSetBytes, 1);
        if (Vector512.IsHardwareAccelerated)
        {
            return Measure<Vector512<float>, Lanes512>(context, workingSetBytes);
        }

        return Vector256.IsHardwareAccelerated
            ? Measure<Vector256<float>, Lanes256>(context, workingSetBytes)
            : Measure<Vector128<float>, Lanes128>(context, workingSetBytes);
    }

    private static List<DeviceCeiling> Measure<TVector, TLanes>(CpuContext context, long workingSetBytes)
        where TVector : unmanaged
        where TLanes : struct, ILanes<TVector>
    {
        int threads = context.Team.Threads;
        MultiplyAddChains<TVector, TLanes> chains = new(FmaRounds);
        int chunks = ChunksPerThread * threads;
        double fma = chunks * chains.FlopPerChunk / BestSeconds(context, chunks, chains);
        List<DeviceCeiling> ceilings =
        [
            new(CeilingKind.Fma, $"multiply-adds, {32 * TLanes.Width} bits, {threads} threads", fma),
        ];
        if (Int8Tile.IsAvailable)
        {
            Int8TileRate tiles = new(TilesPerChunk);
            double rate = chunks * tiles.OperationsPerChunk / BestSeconds(context, chunks, tiles);
            ceilings.Add(new DeviceCeiling(CeilingKind.Int8Product, $"8-bit tiles in cache, {threads} threads", rate));
        }

        long length = Math.Clamp(workingSetBytes, SmallestSet, LargestSet) / (3 * sizeof(float));
        using NativeMemoryBlock<float> a = new(length, context.Ledger);
        using NativeMemoryBlock<float> b = new(length, context.Ledger);
        using NativeMemoryBlock<float> c = new(length, context.Ledger);
        foreach (StreamPattern pattern in Enum.GetValues<StreamPattern>())
        {
            MemoryStreams<TVector, TLanes> stream = new()
            {
                Pattern = pattern,
                A = a.Elements,
                B = b.Elements,
                C = c.Elements,
                Length = length,
            };
            int pieces = (int)((length + MemoryStreams<TVector, TLanes>.PerChunk - 1)
                / MemoryStreams<TVector, TLanes>.PerChunk);
            double bytes = (double)MemoryStreams<TVector, TLanes>.Touches(pattern) * length * sizeof(float);
            ceilings.Add(new DeviceCeiling(
                CeilingKind.Memory,
                $"{NameOf(pattern)}, {(length * 3 * sizeof(float)) >> 20} MiB",
                bytes / BestSeconds(context, pieces, stream)));
        }

        return ceilings;
    }

    private static string NameOf(StreamPattern pattern) => pattern switch
    {
        StreamPattern.Read => "read",
        StreamPattern.Copy => "copy",
        StreamPattern.Triad => "triad",
        _ => "update in place",
    };

    private static double BestSeconds<TBody>(CpuContext context, int chunks, TBody body)
        where TBody : unmanaged, IChunkBody
    {
        double best = double.PositiveInfinity;
        for (int run = 0; run < Runs; run++)
        {
            long begin = Stopwatch.GetTimestamp();
            context.Team.For(chunks, body);
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        return best;
    }
}
