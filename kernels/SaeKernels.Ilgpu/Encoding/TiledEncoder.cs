namespace SaeKernels.Ilgpu;

/// <summary>Computes pre-activations in the tiles that suit the device, and hands them to a selector.</summary>
/// <typeparam name="TSelector">Receives the pre-activations.</typeparam>
internal sealed class TiledEncoder<TSelector>(KernelDevice device)
    where TSelector : struct, ISelector<TSelector>
{
    private readonly Kernel<GroupTiles<TSelector>.Parameters> groupKernel = new(device, GroupTiles<TSelector>.Run);
    private readonly Kernel<LaneTiles<TSelector>.Parameters> laneKernel = new(device, LaneTiles<TSelector>.Run);

    /// <summary>Enqueues all jobs of a batch.</summary>
    /// <param name="encoder">The batch and the encoder.</param>
    /// <param name="tiling">How the batch is split; what the selector was made for.</param>
    /// <param name="selector">Receives the pre-activations.</param>
    public void Launch(in EncoderView encoder, in Tiling tiling, in TSelector selector)
    {
        if (tiling.IsGrouped)
        {
            GroupTiles<TSelector>.Parameters parameters = new()
            {
                Encoder = encoder,
                Jobs = tiling.Jobs,
                Selector = selector,
            };
            this.groupKernel.Launch(tiling.Jobs.Count, GroupTile.Threads, parameters);
        }
        else
        {
            LaneTiles<TSelector>.Parameters parameters = new()
            {
                Encoder = encoder,
                Panels = tiling.Panels,
                Jobs = tiling.Jobs,
                Selector = selector,
            };
            this.laneKernel.Launch(tiling.Jobs.Count, 1, parameters);
        }
    }
}
