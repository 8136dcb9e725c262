using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels;

/// <summary>Layer normalisation of vectors that lie on a device, computed on the host piece by piece.</summary>
internal static class DeviceLayerNorm
{
    private const int PieceElements = 1 << 20;

    /// <summary>Maps vectors.</summary>
    /// <param name="vectors">The vectors [batch, DIn]; not changed.</param>
    /// <param name="widths">The width of each site.</param>
    /// <param name="normalized">Receives the mapped vectors [batch, DIn].</param>
    public static void Apply(RealMatrix vectors, IReadOnlyList<int> widths, RealMatrix normalized)
    {
        float[] numbers = new float[PieceRows(vectors) * vectors.Columns];
        Visit(vectors, numbers.Length, (first, count) =>
        {
            Span<float> piece = numbers.AsSpan(0, count);
            vectors.Buffer.Download(piece, vectors.Start + first);
            LayerNorm.Apply(piece, widths);
            normalized.Buffer.Upload(piece, normalized.Start + first);
        });
    }

    /// <summary>Brings reconstructions of mapped vectors back, in place.</summary>
    /// <param name="vectors">The vectors before they were mapped [batch, DIn]; not changed.</param>
    /// <param name="widths">The width of each site.</param>
    /// <param name="reconstruction">The reconstructions, a row for each of the vectors [batch, DIn].</param>
    public static void Restore(RealMatrix vectors, IReadOnlyList<int> widths, RealMatrix reconstruction)
    {
        float[] numbers = new float[PieceRows(vectors) * vectors.Columns];
        float[] restored = new float[numbers.Length];
        Visit(vectors, numbers.Length, (first, count) =>
        {
            Span<float> piece = restored.AsSpan(0, count);
            vectors.Buffer.Download(numbers.AsSpan(0, count), vectors.Start + first);
            reconstruction.Buffer.Download(piece, reconstruction.Start + first);
            LayerNorm.Restore(numbers.AsSpan(0, count), piece, widths);
            reconstruction.Buffer.Upload(piece, reconstruction.Start + first);
        });
    }

    private static int PieceRows(RealMatrix vectors) =>
        Math.Clamp(PieceElements / vectors.Columns, 1, Math.Max(1, vectors.Rows));

    private static void Visit(RealMatrix vectors, int pieceLength, Action<long, int> visit)
    {
        long length = (long)vectors.Rows * vectors.Columns;
        for (long first = 0; first < length; first += pieceLength)
        {
            visit(first, (int)Math.Min(pieceLength, length - first));
        }
    }
}
