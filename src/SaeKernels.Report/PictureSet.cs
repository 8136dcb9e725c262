namespace SaeKernels.Report;

/// <summary>Small pictures, one a vector.</summary>
public sealed class PictureSet
{
    private readonly Func<long, byte[]> pixelsOf;

    /// <summary>Describes pictures.</summary>
    /// <param name="width">Pixels in a row; at least 1.</param>
    /// <param name="height">Rows; at least 1.</param>
    /// <param name="channels">Numbers of a pixel: 1 for grey, 3 for red, green and blue.</param>
    /// <param name="pixelsOf">Returns the pixels of a vector's picture, row-major with the channels last.</param>
    /// <exception cref="ArgumentException">There is another number of channels.</exception>
    public PictureSet(int width, int height, int channels, Func<long, byte[]> pixelsOf)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixelsOf);
        if (channels is not (1 or 3))
        {
            throw new ArgumentException(
                $"PictureSet: channels must be 1 or 3, but is {channels}. Convert the pictures.");
        }

        this.Shape = new ImageShape(width, height, channels);
        this.pixelsOf = pixelsOf;
    }

    internal ImageShape Shape { get; }

    internal byte[] PixelsOf(long row) => this.pixelsOf(row);
}
