using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>
/// Random decoder directions of one length; the encoder starts as the same matrix, its bias at zero.
/// </summary>
/// <remarks>Source: Gao et al. 2024, §2.4: tied initialisation keeps latents alive.</remarks>
internal static class TiedInitialization
{
    private const int ChunkElements = 1 << 20;

    /// <summary>Writes the initial weights of a model.</summary>
    /// <param name="parameters">The model.</param>
    /// <param name="decoderBias">The start of b_dec [DIn].</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="rowNorm">The length of every row.</param>
    public static void Write(
        SaeParameters parameters, ReadOnlySpan<double> decoderBias, ulong seed, double rowNorm = 1)
    {
        int dIn = parameters.WDec.Columns;
        int chunkRows = Math.Clamp(ChunkElements / dIn, 1, parameters.WDec.Rows);
        double[] chunk = new double[chunkRows * dIn];
        for (int first = 0; first < parameters.WDec.Rows; first += chunkRows)
        {
            int rows = Math.Min(chunkRows, parameters.WDec.Rows - first);
            // A row depends on seed and number alone, not on how rows are cut into chunks.
            int start = first;
            Parallel.For(0, rows, row => Direction(seed, start + row, rowNorm, chunk.AsSpan(row * dIn, dIn)));
            parameters.WDec.Buffer.Upload(chunk.AsSpan(0, rows * dIn), (long)first * dIn);
            parameters.WEnc.Buffer.Upload(chunk.AsSpan(0, rows * dIn), (long)first * dIn);
        }

        parameters.BEnc.Clear();
        parameters.BDec.Upload(decoderBias);
    }

    private static void Direction(ulong seed, int latent, double norm, Span<double> direction)
    {
        RandomSequence random = new(seed, RandomPurpose.Initialization, latent);
        double square = 0;
        for (int d = 0; d < direction.Length; d++)
        {
            direction[d] = random.NextNormal();
            square += direction[d] * direction[d];
        }

        double scale = square > 0 ? norm / Math.Sqrt(square) : 0;
        for (int d = 0; d < direction.Length; d++)
        {
            direction[d] *= scale;
        }
    }
}
