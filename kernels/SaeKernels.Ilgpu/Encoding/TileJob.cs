using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>The pre-activations that one group computes: a block of rows times a range of latents.</summary>
/// <remarks>Latents are split into ranges so that a device has enough groups to work on at once.</remarks>
internal struct TileJob
{
    /// <summary>The most rows of a block; a row's number within it is its slot.</summary>
    public const int Slots = 128;

    /// <summary>The number of the job, below <see cref="Jobs.Count"/>.</summary>
    public int Index;
    public int Range;
    public int FirstRow;

    /// <summary>Rows that exist; at most <see cref="Slots"/>.</summary>
    public int Rows;
    public int FirstLatent;
    public int EndLatent;

    /// <summary>How the pre-activations of a batch are split into jobs.</summary>
    internal struct Jobs
    {
        public int RowBlocks;

        /// <summary>At most <see cref="Slots"/>.</summary>
        public int RowsPerBlock;
        public int Ranges;
        public int LatentsPerRange;

        public readonly int Count => this.RowBlocks * this.Ranges;

        /// <summary>Splits a batch into blocks of <see cref="Slots"/> rows.</summary>
        /// <param name="encoder">The batch and the encoder.</param>
        /// <param name="wanted">Jobs that keep the device busy.</param>
        /// <param name="width">Latents of a range are a multiple of it, but for the last range.</param>
        public static Jobs Split(in EncoderView encoder, int wanted, int width) =>
            Split(encoder, wanted, width, Slots);

        /// <summary>Splits a batch into blocks of at most <see cref="Slots"/> rows.</summary>
        public static Jobs Split(in EncoderView encoder, int wanted, int width, int rowsPerBlock)
        {
            int rowBlocks = (int)((encoder.Rows + (long)rowsPerBlock - 1) / rowsPerBlock);
            int widths = (int)((encoder.Latents + (long)width - 1) / width);
            int ranges = Math.Clamp(wanted / Math.Max(rowBlocks, 1), 1, widths);
            int perRange = (widths + ranges - 1) / ranges;
            return new Jobs
            {
                RowBlocks = rowBlocks,
                RowsPerBlock = rowsPerBlock,
                Ranges = (widths + perRange - 1) / perRange,
                LatentsPerRange = perRange * width,
            };
        }

        /// <summary>Returns a job; called in kernels. Neighbours share a range: its weights are cached.</summary>
        public static TileJob Job(Jobs jobs, EncoderView encoder, int index)
        {
            int range = index / jobs.RowBlocks;
            int firstRow = (index - (range * jobs.RowBlocks)) * jobs.RowsPerBlock;
            int firstLatent = range * jobs.LatentsPerRange;
            return new TileJob
            {
                Index = index,
                Range = range,
                FirstRow = firstRow,
                Rows = IntrinsicMath.Min(jobs.RowsPerBlock, encoder.Rows - firstRow),
                FirstLatent = firstLatent,
                EndLatent = IntrinsicMath.Min(jobs.LatentsPerRange, encoder.Latents - firstLatent) + firstLatent,
            };
        }
    }
}
