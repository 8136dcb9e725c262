using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>
/// Random decoder directions of one length; the encoder starts as the same matrix, its bias at zero.
/// </summary>
/// <remarks>Source: Gao et al. 2024, §2.4: tied initialisation keeps latents alive.</remarks>
internal static class TiedInitialization
{
    private const int ChunkElements = 1 << 20;

    private delegate void RowWriter(int latent, Span<double> row);

    /// <summary>Writes the initial weights of a model.</summary>
    /// <param name="parameters">The model.</param>
    /// <param name="decoderBias">The start of b_dec [DIn].</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="rowNorm">The length of every row.</param>
    public static void Write(
        SaeParameters parameters, ReadOnlySpan<double> decoderBias, ulong seed, double rowNorm = 1)
    {
        WriteDirections([parameters.WDec, parameters.WEnc], seed, rowNorm);
        parameters.BEnc.Clear();
        parameters.BDec.Upload(decoderBias);
    }

    /// <summary>Writes random directions of one length into the rows of matrices of one shape, the same into each.
    /// </summary>
    public static void WriteDirections(RealMatrix[] matrices, ulong seed, double rowNorm) =>
        WriteRows(matrices, (latent, row) => Direction(seed, latent, rowNorm, row));

    /// <summary>
    /// Writes normal numbers of deviation 1 / √columns into the rows of a matrix: the same directions, not of one
    /// length.
    /// </summary>
    public static void WriteNormals(RealMatrix matrix, ulong seed) =>
        WriteRows([matrix], (latent, row) => Normals(seed, latent, 1 / Math.Sqrt(matrix.Columns), row));

    /// <summary>Writes the random direction of a latent.</summary>
    public static void Direction(ulong seed, int latent, double norm, Span<double> direction)
    {
        double square = Normals(seed, latent, 1, direction);
        double scale = square > 0 ? norm / Math.Sqrt(square) : 0;
        for (int d = 0; d < direction.Length; d++)
        {
            direction[d] *= scale;
        }
    }

    private static void WriteRows(RealMatrix[] matrices, RowWriter write)
    {
        (int latents, int width) = (matrices[0].Rows, matrices[0].Columns);
        int chunkRows = Math.Clamp(ChunkElements / width, 1, latents);
        double[] chunk = new double[chunkRows * width];
        for (int first = 0; first < latents; first += chunkRows)
        {
            int rows = Math.Min(chunkRows, latents - first);
            // A row depends on seed and number alone, not on how rows are cut into chunks.
            int start = first;
            Parallel.For(0, rows, row => write(start + row, chunk.AsSpan(row * width, width)));
            foreach (RealMatrix matrix in matrices)
            {
                matrix.Buffer.Upload(chunk.AsSpan(0, rows * width), (long)first * width);
            }
        }
    }

    /// <summary>Writes a latent's normal numbers times a factor; returns the sum of their squares without it.</summary>
    private static double Normals(ulong seed, int latent, double factor, Span<double> numbers)
    {
        RandomSequence random = new(seed, RandomPurpose.Initialization, latent);
        double square = 0;
        for (int d = 0; d < numbers.Length; d++)
        {
            double number = random.NextNormal();
            square += number * number;
            numbers[d] = factor * number;
        }

        return square;
    }
}
