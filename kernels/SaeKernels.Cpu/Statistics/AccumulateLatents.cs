using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   count, Σv, Σv², Σv³, Σv⁴, min v, max v and histograms of v of each latent, over active entries
/// Work       9 FLOP an entry
/// Traffic    32 bytes an entry, and 80 of statistics → bound by latency of the cache
/// Launch     up to 64 blocks of rows sort their entries into up to 256 ranges of latents; then a range a chunk
/// Shared     8 bytes an entry, 64 KiB of counts        Barriers  two
/// Order      rows ascending for each latent, in float64; deterministic
/// Error      (n + 3) · 2⁻⁵³ · Σ|vᵖ| for n entries and each power p
/// Source     the definition; a pass of radix sort: Knuth, TAOCP 3, §5.2.5
/// </summary>
internal static unsafe class AccumulateLatents
{
    private const int MostBlocks = 64;
    private const int MostRanges = 256;

    public static void Run(CpuContext context, in AccumulateLatentsArguments arguments)
    {
        arguments.Validate();
        if (arguments.Statistics is not CpuLatentStatistics statistics)
        {
            throw new ArgumentException(
                "AccumulateLatents: Statistics must be made by a CpuBackend, but is a "
                + $"{arguments.Statistics.GetType().Name}. Call CreateLatentStatistics of the backend that uses it.");
        }

        if (arguments.Rows > 0)
        {
            context.Scratch.Begin();
            Sorting sorting = Prepare(context.Scratch, arguments, statistics.Latents);
            context.Team.For(sorting.Blocks, new CountBody { Sorting = sorting });
            sorting.PlaceRanges();
            context.Team.For(sorting.Blocks, new PlaceBody { Sorting = sorting });
            context.Team.For(sorting.Ranges, new VisitBody { Sorting = sorting, Records = statistics.Records });
        }

        statistics.AddRows(arguments.Rows);
    }

    private static Sorting Prepare(ScratchMemory scratch, in AccumulateLatentsArguments arguments, int latents)
    {
        int* offsets = HostPointers.Of(arguments.Codes.RowOffsets);
        int blocks = Math.Min(arguments.Rows, MostBlocks);
        int shift = 0;
        while ((latents - 1) >> shift >= MostRanges)
        {
            shift++;
        }

        int ranges = ((latents - 1) >> shift) + 1;
        int entries = offsets[arguments.Rows] - offsets[0];
        return new Sorting
        {
            RowOffsets = offsets,
            Indices = HostPointers.Of(arguments.Codes.Indices),
            Values = HostPointers.Of(arguments.Codes.Values),
            Places = scratch.Take<int>((long)blocks * ranges),
            SortedIndices = scratch.Take<int>(entries),
            SortedValues = scratch.Take<float>(entries),
            Rows = arguments.Rows,
            Blocks = blocks,
            Ranges = ranges,
            Shift = shift,
        };
    }

    /// <summary>Entries of a batch, and where they go: ordered by range of latents, then by row.</summary>
    private struct Sorting
    {
        public int* RowOffsets;
        public int* Indices;
        public float* Values;

        /// <summary>[blocks × ranges]: counts; then where the next entry goes; in the end where a range ends.</summary>
        public int* Places;
        public int* SortedIndices;
        public float* SortedValues;
        public int Rows;
        public int Blocks;
        public int Ranges;
        public int Shift;

        public readonly int* PlacesOf(int block) => this.Places + ((long)block * this.Ranges);

        public readonly int FirstEntry(int block) => this.RowOffsets[(long)this.Rows * block / this.Blocks];

        /// <summary>Where a range ends, once all its entries are placed.</summary>
        public readonly int End(int range) => PlacesOf(this.Blocks - 1)[range];

        public readonly void PlaceRanges()
        {
            int place = 0;
            for (int range = 0; range < this.Ranges; range++)
            {
                for (int block = 0; block < this.Blocks; block++)
                {
                    int count = PlacesOf(block)[range];
                    PlacesOf(block)[range] = place;
                    place += count;
                }
            }
        }
    }

    private struct CountBody : IChunkBody
    {
        public Sorting Sorting;

        public readonly void Run(int chunk, int worker)
        {
            int* counts = this.Sorting.PlacesOf(chunk);
            new Span<int>(counts, this.Sorting.Ranges).Clear();
            int end = this.Sorting.FirstEntry(chunk + 1);
            for (int entry = this.Sorting.FirstEntry(chunk); entry < end; entry++)
            {
                counts[this.Sorting.Indices[entry] >> this.Sorting.Shift] += this.Sorting.Values[entry] != 0 ? 1 : 0;
            }
        }
    }

    private struct PlaceBody : IChunkBody
    {
        public Sorting Sorting;

        public readonly void Run(int chunk, int worker)
        {
            int* places = this.Sorting.PlacesOf(chunk);
            int end = this.Sorting.FirstEntry(chunk + 1);
            for (int entry = this.Sorting.FirstEntry(chunk); entry < end; entry++)
            {
                float value = this.Sorting.Values[entry];
                if (value != 0)
                {
                    int latent = this.Sorting.Indices[entry];
                    int place = places[latent >> this.Sorting.Shift]++;
                    this.Sorting.SortedIndices[place] = latent;
                    this.Sorting.SortedValues[place] = value;
                }
            }
        }
    }

    private struct VisitBody : IChunkBody
    {
        public Sorting Sorting;
        public LatentRecords Records;

        public readonly void Run(int chunk, int worker)
        {
            int end = this.Sorting.End(chunk);
            for (int entry = chunk == 0 ? 0 : this.Sorting.End(chunk - 1); entry < end; entry++)
            {
                this.Records.Add(this.Sorting.SortedIndices[entry], this.Sorting.SortedValues[entry]);
            }
        }
    }
}
