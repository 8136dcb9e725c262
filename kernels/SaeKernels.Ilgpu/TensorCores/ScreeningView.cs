using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of a batch that is screened.</summary>
internal struct ScreeningView
{
    public EncoderView Encoder;

    /// <summary>Both operands in low precision.</summary>
    public ProductTile Tile;
    public ScreeningLatents LatentBounds;

    /// <summary>[rows] flags of the rows whose bounds prove nothing: float32 decides their lists.</summary>
    public ArrayView<int> GivenUp;
}
