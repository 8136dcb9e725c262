using SaeKernels.Abstractions;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Reference;

namespace SaeKernels.Tests.Metrics;

public class TopExamplesTests
{
    [Fact]
    public void The_strongest_rows_come_first_and_the_lowest_row_wins_a_tie()
    {
        TopExamples examples = new(latents: 2, count: 3);
        (long, float)[] all = [(4, 1), (9, 2), (3, 1), (7, 1), (8, 0.5f)];
        foreach ((long row, float activation) in all)
        {
            examples.Add(1, new TopExample(row, activation));
        }

        Assert.Equal([new(9, 2), new(3, 1), new(4, 1)], examples.Of(1));
        Assert.Empty(examples.Of(0));
    }

    [Fact]
    public void Zeros_and_NaN_are_no_examples()
    {
        TopExamples examples = new(latents: 1, count: 2);
        examples.Add(0, new TopExample(0, 0));
        examples.Add(0, new TopExample(1, float.NaN));
        examples.Add(0, new TopExample(2, -1));
        examples.Add(0, new TopExample(3, float.PositiveInfinity));

        Assert.Equal([new(3, float.PositiveInfinity)], examples.Of(0));
    }

    [Fact]
    public void Any_order_gives_what_sorting_everything_gives()
    {
        RandomSequence random = new(5, RandomPurpose.General);
        TopExample[] all = [.. Enumerable.Range(0, 500).Select(row => new TopExample(row, 1 + random.NextInt64(40)))];
        TopExample[] expected = [
            .. all.OrderByDescending(example => example.Activation).ThenBy(example => example.Row).Take(25)];
        for (int trial = 0; trial < 20; trial++)
        {
            random.Shuffle<TopExample>(all);
            TopExamples examples = new(latents: 1, count: 25);
            Array.ForEach(all, example => examples.Add(0, example));

            Assert.Equal(expected, examples.Of(0));
        }
    }

    [Fact]
    public void Codes_of_batches_are_read_from_their_backend()
    {
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        using SparseCodes codes = new(backend, "Codes", maxRows: 3, capacity: 6);
        TopExamples examples = new(latents: 4, count: 2);
        Fill(codes, [0, 2, 2, 3], [1, 3, 1], [5, 0, 7]);
        examples.Add(codes, 3, firstRow: 100);
        Fill(codes, [0, 1], [1], [6]);
        examples.Add(codes, 1, firstRow: 103);

        Assert.Equal([new(102, 7), new(103, 6)], examples.Of(1));
        Assert.Empty(examples.Of(3));
    }

    [Fact]
    public void More_rows_than_the_codes_have_are_refused()
    {
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        using SparseCodes codes = new(backend, "Codes", maxRows: 3, capacity: 6);
        TopExamples examples = new(latents: 4, count: 2);

        Assert.Equal(
            "TopExamples: rows must be between 0 and the codes' MaxRows = 3, but is 4. Pass the rows of the batch.",
            Assert.Throws<ArgumentException>(() => examples.Add(codes, 4, 0)).Message);
    }

    private static void Fill(SparseCodes codes, int[] offsets, int[] indices, float[] values)
    {
        codes.RowOffsets.Upload(offsets);
        codes.Indices.Upload(indices);
        codes.Values.Upload(values);
    }
}
