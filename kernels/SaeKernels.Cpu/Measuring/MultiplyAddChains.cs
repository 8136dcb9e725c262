using System.Runtime.CompilerServices;

namespace SaeKernels.Cpu;

/// <summary>Multiply-adds in registers only: what the vector units reach when nothing has to be loaded.</summary>
/// <remarks>
/// Twelve independent chains hide a latency of 4 to 6 cycles on two units; 128-bit and 256-bit vectors have 16
/// registers, so more chains would spill.
/// </remarks>
/// <typeparam name="TVector">The vector.</typeparam>
/// <typeparam name="TLanes">Its arithmetic.</typeparam>
internal readonly struct MultiplyAddChains<TVector, TLanes>(int rounds) : IChunkBody
    where TVector : unmanaged
    where TLanes : struct, ILanes<TVector>
{
    private const int Chains = 12;

    /// <summary>Operations of a chunk: a multiply-add of one lane counts as two.</summary>
    public double FlopPerChunk => 2.0 * Chains * TLanes.Width * rounds;

    /// <inheritdoc/>
    public void Run(int chunk, int worker)
    {
        // Every value tends to 1, so that no denormal and no infinity slows a chain. A NaN would not be a rate.
        if (float.IsNaN(Sum(rounds, start: chunk)))
        {
            throw new InvalidOperationException("MultiplyAddChains: the chains must stay finite, but do not.");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static float Sum(int rounds, float start)
    {
        TVector half = TLanes.Fill(0.5f);
        TVector a = TLanes.Fill(start), b = a, c = a, d = a, e = a, f = a, g = a, h = a, i = a, j = a, k = a, l = a;
        for (int round = 0; round < rounds; round++)
        {
            a = TLanes.MultiplyAdd(a, half, half);
            b = TLanes.MultiplyAdd(b, half, half);
            c = TLanes.MultiplyAdd(c, half, half);
            d = TLanes.MultiplyAdd(d, half, half);
            e = TLanes.MultiplyAdd(e, half, half);
            f = TLanes.MultiplyAdd(f, half, half);
            g = TLanes.MultiplyAdd(g, half, half);
            h = TLanes.MultiplyAdd(h, half, half);
            i = TLanes.MultiplyAdd(i, half, half);
            j = TLanes.MultiplyAdd(j, half, half);
            k = TLanes.MultiplyAdd(k, half, half);
            l = TLanes.MultiplyAdd(l, half, half);
        }

        TVector first = TLanes.Add(TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d)), TLanes.Add(e, f));
        TVector second = TLanes.Add(TLanes.Add(TLanes.Add(g, h), TLanes.Add(i, j)), TLanes.Add(k, l));
        return TLanes.Sum(TLanes.Add(first, second));
    }
}
