namespace SaeKernels.Numerics;

/// <summary>
/// The counter-based generator Philox 4×32 with ten rounds: 128 random bits from a 64-bit key and a 128-bit counter.
/// </summary>
/// <remarks>
/// Stateless: any position of any stream is computed at once, so a run is resumed or replayed bit for bit.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
/// </remarks>
public static class Philox
{
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9;
    private const uint Weyl1 = 0xBB67AE85;
    private const int Rounds = 10;

    /// <summary>Returns the four 32-bit words that belong to a key and a counter.</summary>
    /// <param name="key">The key; all 2⁶⁴ values are valid.</param>
    /// <param name="counterLow">Words 0 (low half) and 1 (high half) of the counter.</param>
    /// <param name="counterHigh">Words 2 (low half) and 3 (high half) of the counter.</param>
    public static (uint Word0, uint Word1, uint Word2, uint Word3) Generate(
        ulong key, ulong counterLow, ulong counterHigh)
    {
        uint c0 = (uint)counterLow;
        uint c1 = (uint)(counterLow >> 32);
        uint c2 = (uint)counterHigh;
        uint c3 = (uint)(counterHigh >> 32);
        uint k0 = (uint)key;
        uint k1 = (uint)(key >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            c0 = (uint)(product1 >> 32) ^ c1 ^ k0;
            c1 = (uint)product1;
            c2 = (uint)(product0 >> 32) ^ c3 ^ k1;
            c3 = (uint)product0;
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (c0, c1, c2, c3);
    }
}
