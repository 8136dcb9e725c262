using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>These run alone: they count what all threads of the process allocate.</summary>
[CollectionDefinition(nameof(MatchingMemoryTests), DisableParallelization = true)]
[Collection(nameof(MatchingMemoryTests))]
public sealed class MatchingMemoryTests
{
    // A row lists 64 columns of 16 bytes, with at most 128 bytes beside them: the list's object, a price, a column. A
    // column has 29 bytes in arrays, and 4 in a list and 16 in a queue, which double as they grow: at most 128. For
    // threads and parallel loops there are 2 MB. In all less than 6 MB; a table of float32 has 36 MB.
    [Fact]
    public void No_table_of_cosines_is_allocated()
    {
        const int Count = 3000;
        const int Width = 16;
        UnitDirections truth = Draw(1, Count, Width);
        UnitDirections learned = Draw(2, Count, Width);
        long bound = (Count * ((64 * 16) + 128L)) + (Count * 128L) + (2L << 20);
        Assert.True(bound < 4L * Count * Count / 5);

        long before = GC.GetTotalAllocatedBytes(precise: true);
        _ = DictionaryMetrics.MatchedCosine(truth, learned);
        long allocated = GC.GetTotalAllocatedBytes(precise: true) - before;

        Assert.InRange(allocated, 0, bound);
    }

    private static UnitDirections Draw(ulong seed, int rows, int width)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[] values = [.. Enumerable.Range(0, rows * width).Select(_ => (float)random.NextNormal())];
        return UnitDirections.From(values, width);
    }
}
