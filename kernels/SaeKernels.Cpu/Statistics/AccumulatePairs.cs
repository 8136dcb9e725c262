using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   Σxy, Σx² and Σy² of each pair of latents of two models, over the rows where both are active
/// Work       6 FLOP a pair
/// Traffic    that of BuildLatentMajor, and 48 bytes a pair → bound by latency of the cache
/// Launch     that of BuildLatentMajor; then chunks of 16 latents of the first model over the team
/// Shared     none        Barriers  none
/// Order      a latent has one owner, rows ascending, in float64; deterministic
/// Error      (n + 1) · 2⁻⁵³ · Σ|xy| for n rows, and so for the squares
/// Source     the definition
/// </summary>
internal static unsafe class AccumulatePairs
{
    private const int LatentsPerChunk = 16;

    public static void Run(CpuContext context, in AccumulatePairsArguments arguments)
    {
        arguments.Validate();
        if (arguments.Statistics is not CpuPairStatistics statistics)
        {
            throw new ArgumentException(
                "AccumulatePairs: Statistics must be made by a CpuBackend, but is a "
                + $"{arguments.Statistics.GetType().Name}. Call CreatePairStatistics of the backend that uses it.");
        }

        LatentMajorList list = statistics.ListFor(arguments.Codes.Capacity);
        BuildLatentMajor.Run(
            context,
            new BuildLatentMajorArguments { Rows = arguments.Rows, Codes = arguments.Codes, List = list });
        Body body = new()
        {
            Offsets = HostPointers.Of(list.Offsets) + statistics.Layout.From,
            Rows = HostPointers.Of(list.Rows),
            Values = HostPointers.Of(list.Values),
            OtherOffsets = HostPointers.Of(arguments.OtherCodes.RowOffsets),
            Others = HostPointers.Of(arguments.OtherCodes.Indices),
            OtherValues = HostPointers.Of(arguments.OtherCodes.Values),
            Sums = statistics.Sums,
            Layout = statistics.Layout,
        };
        context.Team.For(Chunks.Count(statistics.Layout.Count, LatentsPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        /// <summary>Where the entries of each latent that is looked at begin.</summary>
        public int* Offsets;
        public int* Rows;
        public float* Values;
        public int* OtherOffsets;
        public int* Others;
        public float* OtherValues;
        public PairOfLatents* Sums;
        public PairLayout Layout;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, LatentsPerChunk, this.Layout.Count);
            for (int latent = chunk * LatentsPerChunk; latent < end; latent++)
            {
                PairOfLatents* sums = this.Sums + ((long)latent * this.Layout.Others);
                for (int entry = this.Offsets[latent]; entry < this.Offsets[latent + 1]; entry++)
                {
                    AddRow(this.Rows[entry], this.Values[entry], sums);
                }
            }
        }

        private readonly void AddRow(int row, double x, PairOfLatents* sums)
        {
            double square = x * x;
            int end = this.OtherOffsets[row + 1];
            for (int other = this.OtherOffsets[row]; other < end; other++)
            {
                double y = this.OtherValues[other];
                if (y != 0)
                {
                    PairOfLatents* pair = sums + this.Others[other];
                    pair->Product += x * y;
                    pair->Square += square;
                    pair->OtherSquare += y * y;
                }
            }
        }
    }
}
