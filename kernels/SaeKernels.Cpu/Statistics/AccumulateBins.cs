using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   how many active entries of each latent, and of each group of rows, fall into each bin of the latent
/// Work       2 FLOP an entry
/// Traffic    8 bytes an entry, and a count somewhere in memory → bound by latency of the cache
/// Launch     chunks of 64 rows over the team
/// Shared     none        Barriers  none
/// Order      atomic additions of integers: none that matters; deterministic
/// Error      none
/// Source     the definition
/// </summary>
internal static unsafe class AccumulateBins
{
    private const int RowsPerChunk = 64;

    public static void Run(CpuContext context, in AccumulateBinsArguments arguments)
    {
        arguments.Validate();
        Body body = new()
        {
            RowOffsets = HostPointers.Of(arguments.Codes.RowOffsets),
            Indices = HostPointers.Of(arguments.Codes.Indices),
            Values = HostPointers.Of(arguments.Codes.Values),
            Counts = HostPointers.Of(arguments.Counts),
            Blocks = arguments.Blocks is IntBuffer blocks ? HostPointers.Of(blocks) : null,
            RowGroups = arguments.RowGroups is IntBuffer groups ? HostPointers.Of(groups) : null,
            Middles = arguments.Middles is RealBuffer middles ? HostPointers.Of(middles) : null,
            Places = arguments.Places is IntBuffer places ? HostPointers.Of(places) : null,
            Rows = arguments.Rows,
            Bins = arguments.Bins,
        };
        if (arguments.Even is EvenLatentBins even)
        {
            body.Offsets = HostPointers.Of(even.Offsets);
            body.Scales = HostPointers.Of(even.Scales);
            body.Widths = HostPointers.Of(even.Widths);
        }

        context.Team.For(Chunks.Count(arguments.Rows, RowsPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public int* RowOffsets;
        public int* Indices;
        public float* Values;
        public long* Counts;
        public int* Offsets;
        public float* Scales;
        public float* Widths;
        public int* Blocks;
        public int* RowGroups;
        public float* Middles;
        public int* Places;
        public int Rows;
        public int Bins;

        public readonly void Run(int chunk, int worker)
        {
            int end = Chunks.End(chunk, RowsPerChunk, this.Rows);
            for (int row = chunk * RowsPerChunk; row < end; row++)
            {
                long group = this.RowGroups is null ? 0 : this.RowGroups[row];
                long* counts = this.Counts + (group * this.Bins);
                for (int entry = this.RowOffsets[row]; entry < this.RowOffsets[row + 1]; entry++)
                {
                    Count(entry, counts);
                }
            }
        }

        private readonly void Count(int entry, long* counts)
        {
            float value = this.Values[entry];
            int latent = this.Indices[entry];
            float middle = 0;
            int place = this.Places is null ? 0 : this.Offsets[latent];
            if (value != 0)
            {
                int bin = this.Blocks is null ? EvenBinOf(latent, value, out middle) : FineBinOf(latent, value);
                if (bin >= 0)
                {
                    Interlocked.Increment(ref counts[bin]);
                }

                place = bin;
            }

            if (this.Places is not null)
            {
                this.Places[entry] = place;
            }

            if (this.Middles is not null)
            {
                this.Middles[entry] = middle;
            }
        }

        private readonly int EvenBinOf(int latent, float value, out float middle)
        {
            int first = this.Offsets[latent];
            int bins = this.Offsets[latent + 1] - first;
            float place = value * this.Scales[latent];
            int bin = place < bins ? Math.Max((int)place, 0) : bins - 1;
            middle = (bin + 0.5f) * this.Widths[latent];
            return first + bin;
        }

        private readonly int FineBinOf(int latent, float value)
        {
            int bin = FineBins.IndexOf(value);
            int block = this.Blocks[((long)latent * FineBins.Octaves) + (bin / FineBins.PerOctave)];
            return block < 0 ? -1 : (block * FineBins.PerOctave) + (bin % FineBins.PerOctave);
        }
    }
}
