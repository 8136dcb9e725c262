namespace SaeKernels.Ilgpu;

/// <summary>The encoders with tensor cores: low precision screens, and in the exact modes float32 decides.</summary>
internal sealed class ScreenedEncoders
{
    private ScreenedEncoders(Screener screener, ScreenedTopK topK, ScreenedPools pools)
    {
        this.Screener = screener;
        this.TopK = topK;
        this.Pools = pools;
    }

    /// <summary>Operands, lists and counts.</summary>
    public Screener Screener { get; }

    /// <summary>The K largest of each row.</summary>
    public ScreenedTopK TopK { get; }

    /// <summary>Whatever reaches a least order.</summary>
    public ScreenedPools Pools { get; }

    /// <summary>Makes the kernels for one kind of product.</summary>
    public static ScreenedEncoders For<TProduct>(KernelDevice device, ListedRows listedRows, bool isExact)
        where TProduct : struct, IMatrixProduct
    {
        Screener screener = Screener.For<TProduct>(device, listedRows, isExact);
        return new ScreenedEncoders(
            screener,
            new ScreenedTopK(device, screener, ScreenTiles<ScreenedLists>.For<TProduct>(device)),
            new ScreenedPools(device, screener, ScreenTiles<ScreenedPool>.For<TProduct>(device)));
    }
}
