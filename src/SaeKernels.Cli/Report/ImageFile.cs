using SaeKernels.Files;
using SaeKernels.Report;

namespace SaeKernels.Cli;

/// <summary>Pictures of a <c>.npy</c> file: [n, height, width] or [n, height, width, channels].</summary>
internal sealed class ImageFile : IDisposable
{
    private const int MostSide = 256;
    private readonly NpyFile file;

    private ImageFile(NpyFile file)
    {
        this.file = file;
    }

    /// <summary>The pictures; read while the file is open.</summary>
    public required PictureSet Pictures { get; init; }

    /// <summary>Opens pictures, one for each vector.</summary>
    /// <exception cref="InvalidDataException">The file has another shape.</exception>
    public static ImageFile Open(string path, long vectors)
    {
        NpyFile file = NpyFile.Open(path);
        IReadOnlyList<long> shape = file.Array.Shape;
        long channels = shape.Count == 4 ? shape[3] : 1;
        if (shape.Count is not (3 or 4) || shape[0] != vectors || shape[1] is < 1 or > MostSide
            || shape[2] is < 1 or > MostSide || channels is not (1 or 3))
        {
            string found = file.Array.ShapeText;
            file.Dispose();
            throw new InvalidDataException(
                $"{path}: must be [{vectors}, height, width] or [{vectors}, height, width, 3] with sides up to "
                + $"{MostSide}, but is {found}. Name the pictures of the data, made small.");
        }

        // Bytes stand for 0 to 255; other numbers for 0 to 1.
        float scale = file.Array.Type == TensorType.U8 ? 1 : 255;
        int pixels = (int)(shape[1] * shape[2] * channels);
        return new ImageFile(file)
        {
            Pictures = new PictureSet((int)shape[2], (int)shape[1], (int)channels, row =>
            {
                float[] values = new float[pixels];
                file.ReadSingles(row * pixels, values);
                return [.. values.Select(value => (byte)Math.Clamp(MathF.Round(value * scale), 0, 255))];
            }),
        };
    }

    public void Dispose() => this.file.Dispose();
}
