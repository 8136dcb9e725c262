using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.OpenCL;

namespace SaeKernels.Ilgpu;

/// <summary>Which tiles a device computes pre-activations in, and how a batch is split among its groups.</summary>
internal readonly record struct Tiling
{
    // Enough for several groups on each multiprocessor, and for an even end. Each range of latents has to find its
    // own thresholds, so that a CPU, which needs few, has few.
    private const int GroupedJobs = 6;
    private const int SingleJobs = 2;

    /// <summary>Whether groups of threads share tiles; else each thread has its own.</summary>
    public required bool IsGrouped { get; init; }

    /// <summary>The most latents that a tile adds to a row.</summary>
    public required int Width { get; init; }

    public required TileJob.Jobs Jobs { get; init; }

    /// <summary>Rows that are worth encoding by themselves: fewer take as long on GPUs, and tell little.</summary>
    public int LeastRows => this.IsGrouped ? GroupTile.Edge : 2 * LaneTile.Lanes;

    /// <summary>The inputs of <see cref="InputPanels"/>; none where groups share tiles.</summary>
    public ArrayView<float> Panels { get; init; }

    /// <summary>
    /// Whether a device shares tiles: GPUs do. CPUs run one thread after the other, without shared memory, and the
    /// simulator takes microseconds for a barrier.
    /// </summary>
    public static bool Shares(Device device) =>
        device.AcceleratorType != AcceleratorType.CPU
        && !(device is CLDevice openCl && openCl.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_CPU))
        && device.MaxNumThreadsPerGroup >= GroupTile.Threads
        && device.MaxSharedMemoryPerGroup >= GroupTile.SharedBytes;

    /// <summary>Names the tiles of a device, for people.</summary>
    public static string Describe(Device device) => Shares(device)
        ? $"encoder tiles of {GroupTile.Edge} × {GroupTile.Edge} a group"
        : $"encoder tiles of {LaneTile.Lanes} × {LaneTile.Latents} a thread";

    /// <summary>Splits a batch, and packs its inputs where tiles want that.</summary>
    public static Tiling For(KernelDevice device, in EncoderView encoder, InputPanels inputPanels) =>
        Split(device, encoder) with
        {
            Panels = device.SharesTiles ? default : inputPanels.Launch(encoder),
        };

    /// <summary>Splits the first rows of the same batch.</summary>
    public Tiling ForFirstRows(KernelDevice device, in EncoderView encoder) =>
        Split(device, encoder) with { Panels = this.Panels };

    private static Tiling Split(KernelDevice device, in EncoderView encoder)
    {
        int multiprocessors = device.Accelerator.NumMultiprocessors;
        TileJob.Jobs jobs = device.SharesTiles
            ? TileJob.Jobs.Split(encoder, GroupedJobs * multiprocessors, GroupTile.Edge)
            : TileJob.Jobs.Split(
                encoder,
                SingleJobs * multiprocessors,
                LaneTile.LatentsOfChunk,
                RowsPerBlock(encoder.Rows, SingleJobs * multiprocessors));
        return new Tiling
        {
            IsGrouped = device.SharesTiles,
            Width = device.SharesTiles ? GroupTile.Edge : LaneTile.Latents,
            Jobs = jobs,
        };
    }

    /// <summary>Whole panels, as many as leave each job all latents where the batch has rows enough.</summary>
    private static int RowsPerBlock(int rows, int jobs)
    {
        int rowsPerJob = (rows + jobs - 1) / jobs;
        int panels = (rowsPerJob + LaneTile.Lanes - 1) / LaneTile.Lanes;
        return Math.Clamp(panels * LaneTile.Lanes, LaneTile.Lanes, TileJob.Slots);
    }
}
