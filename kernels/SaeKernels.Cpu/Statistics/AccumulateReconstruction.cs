using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   Σ‖y − ŷ‖², Σ‖ŷ‖², Σ⟨y, ŷ⟩, cosines and ratios of lengths over vectors, their mean and Σ‖y − ȳ‖²
/// Work       14 FLOP an element, in float64
/// Traffic    8 bytes an element, and 40 a vector and strip → bound by arithmetic
/// Launch     strips of 64 columns over the team
/// Shared     40 bytes a vector and strip        Barriers  one, then the sum of a vector's strips
/// Order      rows ascending, within a strip lanes, strips ascending; deterministic
/// Error      (D + 3) · 2⁻⁵³ of each sum over a vector
/// Source     running mean and variation: Welford 1962
/// </summary>
internal static unsafe class AccumulateReconstruction
{
    // Elements that are summed together: several cache lines of each vector.
    private const int StripWidth = 64;

    public static void Run(CpuContext context, in AccumulateReconstructionArguments arguments)
    {
        arguments.Validate();
        if (arguments.Statistics is not CpuReconstructionStatistics statistics)
        {
            throw new ArgumentException(
                "AccumulateReconstruction: Statistics must be made by a CpuBackend, but is a "
                + $"{arguments.Statistics.GetType().Name}. "
                + "Call CreateReconstructionStatistics of the backend that uses it.");
        }

        int rows = arguments.Targets.Rows;
        if (rows == 0)
        {
            return;
        }

        context.Scratch.Begin();
        int strips = Chunks.Count(statistics.Width, StripWidth);
        Body body = new()
        {
            Targets = HostPointers.OfUnchanged(arguments.Targets) + arguments.FirstColumn,
            Reconstructions = HostPointers.OfUnchanged(arguments.Reconstruction) + arguments.FirstColumn,
            Shift = statistics.Shift,
            Mean = statistics.Mean,
            Sums = context.Scratch.Take<VectorSums>((long)rows * strips),
            Before = statistics.Vectors,
            Rows = rows,
            Stride = arguments.Targets.Columns,
            Width = statistics.Width,
        };
        context.Team.For(strips, body);
        for (int row = 0; row < rows; row++)
        {
            VectorSums sums = body.Sums[row];
            for (int strip = 1; strip < strips; strip++)
            {
                sums += body.Sums[((long)strip * rows) + row];
            }

            statistics.Add(sums);
        }
    }

    /// <summary>Sums some elements of every vector, and takes them into their running means.</summary>
    private struct Body : IChunkBody
    {
        public float* Targets;
        public float* Reconstructions;
        public double* Shift;
        public double* Mean;
        public VectorSums* Sums;
        public long Before;
        public int Rows;
        public int Stride;
        public int Width;

        public readonly void Run(int chunk, int worker)
        {
            int first = chunk * StripWidth;
            int width = Math.Min(StripWidth, this.Width - first);
            if (this.Before == 0)
            {
                for (int d = first; d < first + width; d++)
                {
                    this.Shift[d] = this.Targets[d];
                }
            }

            for (int row = 0; row < this.Rows; row++)
            {
                long start = ((long)row * this.Stride) + first;
                this.Sums[((long)chunk * this.Rows) + row] = VectorSums.Of(
                    new ReadOnlySpan<float>(this.Targets + start, width),
                    new ReadOnlySpan<float>(this.Reconstructions + start, width),
                    new ReadOnlySpan<double>(this.Shift + first, width),
                    new Span<double>(this.Mean + first, width),
                    1.0 / (this.Before + row + 1));
            }
        }
    }
}
