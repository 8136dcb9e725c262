using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>A random number for each row of the data, the same in every pass.</summary>
internal static class RowHash
{
    // No sequence of RandomSequence has all upper bits of its purpose set.
    private const ulong Stream = 0xFFFF_0000_0000_0000;

    public static ulong Of(ulong seed, long row)
    {
        (uint low, uint high, _, _) = Philox.Generate(seed, (ulong)row, Stream);
        return low | ((ulong)high << 32);
    }
}
