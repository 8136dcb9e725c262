namespace SaeKernels.Cpu;

/// <summary>A block of rows × latents whose pre-activations stay in registers while d goes by.</summary>
/// <remarks>
/// Each of them is one chain of fused multiply-adds with d ascending, so that every tile gives the same bits.
/// A tile is two vectors wide and as high as the registers allow: enough chains to hide the latency of the unit, and
/// fewer loads than multiply-adds.
/// </remarks>
internal unsafe interface ITile
{
    /// <summary>Rows of the batch in a tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Latents in a tile; at most 32.</summary>
    static abstract int Latents { get; }

    /// <summary>Continues the chains of a tile.</summary>
    /// <param name="x">Inputs, [depth][Rows].</param>
    /// <param name="w">Encoder weights, [depth][Latents].</param>
    /// <param name="depth">Multiply-adds in each chain.</param>
    /// <param name="start">What the chains start from, [Rows][Latents].</param>
    /// <param name="startStride">Numbers from one of its rows to the next; 0 if all rows share one.</param>
    /// <param name="result">Receives the chains, [Rows][Latents]; may be <paramref name="start"/>.</param>
    /// <param name="ahead">What is needed next: a cache line of it is asked for with each multiply-add.</param>
    /// <param name="aheadStep">Numbers from one of these places to the next; 0 where nothing is wanted.</param>
    static abstract void MultiplyAdd(
        float* x, float* w, int depth, float* start, int startStride, float* result, float* ahead, int aheadStep);

    /// <summary>A bit for each latent of a row whose value is above a threshold or not comparable with it.</summary>
    static abstract uint NotBelow(float* values, float threshold);

    /// <summary>A bit for each latent of a row whose value is above its threshold or not comparable with it.</summary>
    static abstract uint NotBelow(float* values, float* thresholds);
}
