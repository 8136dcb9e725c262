using System.Text.Json;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Tests.Training;
using SaeKernels.Training;

namespace SaeKernels.Tests.Factorization;

/// <summary>Codes that are measured shard by shard, each in calls of its own, and merged.</summary>
public sealed class CodePassesTests
{
    private const int DIn = 8;
    private const int Latents = 24;
    private static readonly int[] Bins = [4, 32];
    private static readonly int[][] Orders = [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]];

    [Theory]
    [InlineData("cpu", 3000)]
    [InlineData("reference", 300)]
    [InlineData("ilgpu-cpu", 60)]
    public void Shards_in_any_order_are_what_is_measured_at_once(string backend, int rows) =>
        TestBackends.Use(backend, device =>
        {
            using Sae sae = Model(device);
            VectorSource source = Normals(rows, DIn);
            CodeFirstPass allFirst = CodeFirstPass.Run(sae, source);
            CodeSecondPass all = CodeSecondPass.Run(sae, source, allFirst, Bins);
            foreach (int[] order in Orders)
            {
                (long First, long Rows)[] shards = ShardsOf(rows, order);
                CodeFirstPass first = MergedFirst(sae, source, shards);

                Assert.Equal(allFirst.Largest, first.Largest);
                Assert.Equal(allFirst.Statistics.Counts, first.Statistics.Counts);
                AssertSame(all, MergedSecond(sae, source, first, shards, targets: null));
            }
        });

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Chunks_change_no_count_and_no_error(int chunk) => TestBackends.Use("cpu", device =>
    {
        using Sae sae = Model(device);
        VectorSource source = Normals(3000, DIn);
        CodeFirstPass first = CodeFirstPass.Run(sae, source);
        LatentPass pass = new() { Batch = chunk };

        Assert.Equal(first.Largest, CodeFirstPass.Run(sae, source, pass: pass).Largest);
        AssertSame(
            CodeSecondPass.Run(sae, source, first, Bins), CodeSecondPass.Run(sae, source, first, Bins, pass: pass));
    });

    [Fact]
    public void Shards_of_a_transcoder_have_all_figures_that_the_whole_has() => TestBackends.Use("cpu", device =>
    {
        using TrainingData data = new(400, DIn);
        using ActivationStore store = data.OpenFor("transcoder");
        using Sae sae = Filled(SaeArchitectures.Create(device, new SaeConfig
        {
            Architecture = "transcoder",
            DIn = DIn,
            DSae = Latents,
            K = 3,
            TargetWidth = TrainingData.OtherWidth,
        }));
        SaeCodes codes = SaeCodes.Measure(sae, store, Bins);
        InformationFigures expected = InformationFigures.Of(codes, sae, tolerance: 10);
        VectorSource source = StoreSource.Of(store.Sites[0]);
        VectorSource targets = StoreSource.Of(store.Sites[1]);
        foreach (int[] order in Orders)
        {
            (long First, long Rows)[] shards = ShardsOf(400, order);
            CodeSecondPass counted =
                MergedSecond(sae, source, MergedFirst(sae, source, shards), shards, targets);
            AssertSame(codes.Counted, counted);
            CodePrecision chosen = PrecisionSearch.Cheapest(counted.ReadPrecisions(), 10 * counted.Mse)!;
            // Edges of bins are known before anything is counted, as the error of the whole is.
            double mse = codes.Mse + codes.Precisions.Single(one => one.Bins == chosen.Bins).MseIncrease;
            DenseLength dense = MergedDense(targets, mse, shards);

            AssertSame(expected, InformationFigures.Of(counted, chosen, dense, sae.Config));
        }

        Assert.True(expected.DenseAtEqualError > 0);
        Assert.Contains(
            "targets must be what the model reconstructs, 20 wide, but are missing.",
            Assert.Throws<ArgumentException>(
                () => CodeSecondPass.Run(sae, source, CodeFirstPass.Run(sae, source), Bins)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "20 wide, but are 8 wide.",
            Assert.Throws<ArgumentException>(
                () => CodeSecondPass.Run(sae, source, CodeFirstPass.Run(sae, source), Bins, source)).Message,
            StringComparison.Ordinal);
    });

    [Fact]
    public void Tables_that_were_read_stay_as_they_are() => TestBackends.Use("cpu", device =>
    {
        using Sae sae = Model(device);
        VectorSource source = Normals(100, DIn);
        CodeFirstPass first = CodeFirstPass.Run(sae, source);
        CodeSecondPass part = CodeSecondPass.Run(sae, source, first, Bins, range: (0, 40));
        CodeTable table = part.ReadTables()[0];
        long entries = table.Entries;
        part.Merge(CodeSecondPass.Run(sae, source, first, Bins, range: (40, 60)));

        Assert.Equal((40, entries), (table.Vectors, table.Entries));
        Assert.True(part.ReadTables()[0].Entries > entries);
    });

    [Fact]
    public void Parts_that_do_not_belong_together_are_refused() => TestBackends.Use("cpu", device =>
    {
        using Sae sae = Model(device);
        VectorSource source = Normals(100, DIn);
        CodeFirstPass first = CodeFirstPass.Run(sae, source);
        CodeSecondPass part = Count(sae, first, Bins);
        CodeFirstPass ofPart = CodeFirstPass.Run(sae, source, (0, 40));
        using Sae smaller = Filled(SaeArchitectures.Create(
            device, new SaeConfig { Architecture = "relu", DIn = DIn, DSae = Latents - 1 }));
        CodeFirstPass ofSmaller = CodeFirstPass.Run(smaller, source);
        CodeSecondPass whole = Count(sae, first, Bins);
        sae.Parameters.WDec.Buffer.Upload([0.5f], 3);
        CodeSecondPass otherDictionary = Count(sae, first, Bins);

        AssertRefused("both sides must have the same bins, 4 up to", () => part.Merge(Count(sae, ofPart, Bins)));
        AssertRefused("the same bins, 32 up to", () => part.Merge(Count(sae, first, [4, 16])));
        AssertRefused("must have 2 precisions, but the other one has 1", () => part.Merge(Count(sae, first, [4])));
        AssertRefused("both sides must have 24 latents, but the other one has 23", () => first.Merge(ofSmaller));
        AssertRefused(
            "both sides must have 24 latents, but the other one has 23",
            () => part.Merge(Count(smaller, ofSmaller, Bins)));
        AssertRefused("about the 24 latents of the model, but is about 23", () => Count(sae, ofSmaller, Bins));
        AssertRefused("both sides must have one dictionary", () => part.Merge(otherDictionary));
        // Nothing of what was refused was added.
        AssertSame(whole, part);

        CodeSecondPass Count(Sae model, CodeFirstPass found, int[] bins) =>
            CodeSecondPass.Run(model, source, found, bins);
    });

    [Fact]
    public void A_part_without_vectors_has_no_precision_yet() => TestBackends.Use("cpu", device =>
    {
        using Sae sae = Model(device);
        VectorSource source = Normals(10, DIn);
        CodeSecondPass none = CodeSecondPass.Run(sae, source, CodeFirstPass.Run(sae, source), Bins, range: (4, 0));

        Assert.Equal((0, double.NaN, double.NaN), (none.Vectors, none.Mse, none.Information.BitsPerVector));
        Assert.ThrowsAny<ArgumentException>(none.ReadPrecisions);
    });

    [Fact]
    public void Lengths_of_vectors_merge_in_bins_of_one_width_only()
    {
        VectorSource source = Normals(500, DIn);
        DenseLength all = DenseLength.Measure(source, 0.1);
        Assert.All(Orders, order => Assert.Equal(
            all.BitsPerVector, MergedDense(source, 0.1, ShardsOf(500, order)).BitsPerVector));

        DenseLength none = DenseLength.Measure(source, 0.1, (0, 0));
        Assert.Equal(double.NaN, none.BitsPerVector);
        none.Merge(all);
        Assert.Equal(all.BitsPerVector, none.BitsPerVector);
        AssertRefused("Measure both with the error", () => all.Merge(DenseLength.Measure(source, 0.2)));
        AssertRefused("other one is of width 4", () => all.Merge(DenseLength.Measure(Normals(5, 4), 0.05)));
    }

    private static void AssertSame(CodeSecondPass expected, CodeSecondPass found)
    {
        Assert.Equal(expected.Vectors, found.Vectors);
        Assert.Equal(expected.Mse, found.Mse, 1e-9 * expected.Mse);
        Assert.Equal(expected.Information.Codes, found.Information.Codes);
        Assert.Equal(expected.Information.Dictionary, found.Information.Dictionary);
        Assert.Equal(expected.Information.Vectors, found.Information.Vectors);
        Assert.Equal(expected.Information.TotalBits, found.Information.TotalBits);
        foreach ((CodeTable left, CodeTable right) in expected.ReadTables().Zip(found.ReadTables()))
        {
            Assert.Equal(left.Vectors, right.Vectors);
            Assert.Equal(left.Bins.Counts, right.Bins.Counts);
            Assert.Equal(left.Bins.Upper, right.Bins.Upper);
            Assert.All(
                Enumerable.Range(0, left.Latents),
                latent => Assert.Equal(left.CountsOf(latent), right.CountsOf(latent)));
        }

        IReadOnlyList<CodePrecision> precisions = found.ReadPrecisions();
        foreach ((int place, CodePrecision left) in expected.ReadPrecisions().Index())
        {
            Assert.Equal(left.Bins, precisions[place].Bins);
            Assert.Equal(left.Length.BitsOfLatents, precisions[place].Length.BitsOfLatents);
            Assert.Equal(left.MseIncrease, precisions[place].MseIncrease, 1e-9 * Math.Abs(left.MseIncrease));
        }
    }

    private static void AssertSame(InformationFigures expected, InformationFigures found)
    {
        JsonElement left = JsonSerializer.SerializeToElement(expected);
        JsonElement right = JsonSerializer.SerializeToElement(found);
        Assert.All(left.EnumerateObject(), figure => Assert.Equal(
            figure.Value.GetDouble(),
            right.GetProperty(figure.Name).GetDouble(),
            1e-9 * Math.Abs(figure.Value.GetDouble())));
    }

    private static void AssertRefused(string found, Action action) =>
        Assert.Contains(found, Assert.Throws<ArgumentException>(action).Message, StringComparison.Ordinal);

    /// <summary>1 row, 7 rows, the rest and an empty part, in an order.</summary>
    private static (long First, long Rows)[] ShardsOf(int rows, int[] order)
    {
        (long First, long Rows)[] shards = [(0, 1), (1, 7), (8, rows - 8), (5, 0)];
        return Array.ConvertAll(order, place => shards[place]);
    }

    private static CodeFirstPass MergedFirst(Sae sae, VectorSource source, (long First, long Rows)[] shards)
    {
        CodeFirstPass[] parts = Array.ConvertAll(shards, shard => CodeFirstPass.Run(sae, source, shard));
        Array.ForEach(parts[1..], parts[0].Merge);
        return parts[0];
    }

    private static CodeSecondPass MergedSecond(
        Sae sae, VectorSource source, CodeFirstPass first, (long First, long Rows)[] shards, VectorSource? targets)
    {
        CodeSecondPass[] parts = Array.ConvertAll(
            shards, shard => CodeSecondPass.Run(sae, source, first, Bins, targets, shard));
        Array.ForEach(parts[1..], parts[0].Merge);
        return parts[0];
    }

    private static DenseLength MergedDense(VectorSource vectors, double mse, (long First, long Rows)[] shards)
    {
        DenseLength[] parts = Array.ConvertAll(shards, shard => DenseLength.Measure(vectors, mse, shard));
        Array.ForEach(parts[1..], parts[0].Merge);
        return parts[0];
    }

    private static Sae Model(IComputeBackend backend)
    {
        Sae sae = Filled(SaeArchitectures.Create(
            backend, new SaeConfig { Architecture = "relu", DIn = DIn, DSae = Latents }));
        // The last latent is never active.
        sae.Parameters.BEnc.Upload(
            [.. Enumerable.Range(0, Latents).Select(latent => latent == Latents - 1 ? -1e6f : -2)]);
        return sae;
    }

    private static Sae Filled(Sae sae)
    {
        RandomSequence random = new(41, RandomPurpose.General);
        sae.Parameters.WEnc.Buffer.Upload(TrainingRuns.Normals(ref random, (int)sae.Parameters.WEnc.Buffer.Length));
        sae.Parameters.WDec.Buffer.Upload(TrainingRuns.Normals(ref random, (int)sae.Parameters.WDec.Buffer.Length));
        return sae;
    }

    private static VectorSource Normals(int rows, int width)
    {
        RandomSequence random = new(53, RandomPurpose.General);
        float[] elements =
            Array.ConvertAll(TrainingRuns.Normals(ref random, rows * width), value => (float)value);
        return new VectorSource
        {
            Count = rows,
            DIn = width,
            Read = (first, to) => elements.AsSpan((int)first * width, to.Length).CopyTo(to),
        };
    }
}
