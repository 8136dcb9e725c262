namespace SaeKernels.Report;

/// <summary>How a picture is written.</summary>
public enum PictureFormat
{
    /// <summary>Vectors: shapes and texts that stay sharp at every size.</summary>
    Svg,

    /// <summary>Pixels: two in each direction for one of the SVG.</summary>
    Png,
}
