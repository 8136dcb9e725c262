using System.Reflection;
using System.Text.Json.Serialization;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Tests.Factorization;
using SaeKernels.Tests.Repository;

namespace SaeKernels.Tests.Metrics;

/// <summary>E7 and E21 of the acceptance checks: the table does not depend on cuts, scales or backends.</summary>
public class FeatureTableTests
{
    private const int DIn = 12;
    private const int DSae = 40;
    private const int Rows = 3000;

    private static readonly (string Name, PropertyInfo Property)[] Columns =
    [
        .. typeof(FeatureRow).GetProperties().Select(
            property => (property.GetCustomAttribute<JsonPropertyNameAttribute>()!.Name, property)),
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Chunks_change_no_count_and_no_figure(int chunk)
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        IReadOnlyList<FeatureRow> expected = FeatureTable.Measure(sae, Source());
        IReadOnlyList<FeatureRow> actual = FeatureTable.Measure(sae, Source(), new LatentPass { Batch = chunk });

        AssertSame(expected, actual, 1e-9);
    }

    [Fact]
    public void Shards_in_any_order_change_no_count_and_no_figure()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        VectorSource source = Source();
        (long, long)[] shards = [(1700, 1300), (0, 5), (400, 1300), (5, 395)];
        FeatureFirstPass first = FeatureFirstPass.Run(sae, source, shards[0]);
        foreach ((long, long) shard in shards[1..])
        {
            first.Merge(FeatureFirstPass.Run(sae, source, shard));
        }

        FeatureSecondPass second = FeatureSecondPass.Run(sae, source, first, shards[2]);
        foreach ((long, long) shard in new[] { shards[3], shards[0], shards[1] })
        {
            second.Merge(FeatureSecondPass.Run(sae, source, first, shard));
        }

        AssertSame(FeatureTable.Measure(sae, source), FeatureTable.Of(sae, first, second), 1e-9);
    }

    [Fact]
    public void Second_passes_after_different_first_ones_are_refused()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        VectorSource source = Source();
        FeatureFirstPass all = FeatureFirstPass.Run(sae, source);
        FeatureFirstPass part = FeatureFirstPass.Run(sae, source, (0, 1700));
        FeatureSecondPass left = FeatureSecondPass.Run(sae, source, all, (0, 1700));
        FeatureSecondPass right = FeatureSecondPass.Run(sae, source, part, (1700, 1300));

        Assert.Contains(
            "both sides must come after one first pass over all parts",
            Assert.Throws<ArgumentException>(() => left.Merge(right)).Message,
            StringComparison.Ordinal);
        Assert.Equal(1700, left.Statistics.Rows);
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Backends_agree(string name) => TestBackends.Use(name, backend =>
    {
        const int Few = 200;
        using CpuBackend cpu = new();
        using Sae expected = Model(cpu);
        using Sae actual = Model(backend);
        VectorSource source = Source() with { Count = Few };

        // One chain of float32 multiply-adds decides what is active on every backend but the reference, which sums in
        // float64: activations there differ by rounding.
        AssertSame(
            FeatureTable.Measure(expected, source), FeatureTable.Measure(actual, source), 1e-4, name == "reference");
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_are_those_of_the_processor_and_moments_within_a_millionth(string name) =>
        TestBackends.Use(name, backend =>
        {
            using CpuBackend cpu = new();
            using Sae model = Model(cpu);
            using Sae same = Model(backend);
            // Two whole batches and a part of one, so that accumulation goes on where it was.
            VectorSource source = Source() with { Count = 70 };
            LatentPass pass = new() { Batch = 32 };
            FeatureFirstPass expected = FeatureFirstPass.Run(model, source, pass: pass);
            FeatureFirstPass found = FeatureFirstPass.Run(same, source, pass: pass);
            FeatureSecondPass expectedBins = FeatureSecondPass.Run(model, source, expected, pass: pass);
            FeatureSecondPass foundBins = FeatureSecondPass.Run(same, source, expected, pass: pass);

            Assert.Equal(expected.Statistics.Rows, found.Statistics.Rows);
            Assert.Equal(expected.Statistics.Counts, found.Statistics.Counts);
            Assert.Equal(expected.Statistics.Histogram, found.Statistics.Histogram);
            AssertNear(expected.Statistics.Sums, found.Statistics.Sums);
            AssertNear(expected.Statistics.SumsOfSquares, found.Statistics.SumsOfSquares);
            AssertNear(expected.Statistics.SumsOfCubes, found.Statistics.SumsOfCubes);
            AssertNear(expected.Statistics.SumsOfFourthPowers, found.Statistics.SumsOfFourthPowers);
            Assert.Equal(
                expected.Sequences.Read().MeanRun(3), found.Sequences.Read().MeanRun(3));
            if (name != "reference")
            {
                // The reference sums in float64: what lies at an edge may fall on the other side of it.
                Assert.Equal(expectedBins.Statistics.LinearHistogram, foundBins.Statistics.LinearHistogram);
                Assert.Equal(expected.Statistics.Maxima, found.Statistics.Maxima);
                for (int latent = 0; latent < DSae; latent++)
                {
                    Assert.Equal(expected.Quantiles.BinsOf(latent), found.Quantiles.BinsOf(latent));
                    Assert.Equal(expected.Positions.Of(latent), found.Positions.Of(latent));
                    Assert.Equal(expectedBins.Codes.BitsOf(latent), foundBins.Codes.BitsOf(latent));
                }
            }
        });

    [Fact]
    public void Rescaling_a_latent_changes_no_absolute_activation()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend, "relu");
        IReadOnlyList<FeatureRow> before = FeatureTable.Measure(sae, Source());
        for (int latent = 0; latent < DSae; latent++)
        {
            float factor = latent % 2 == 0 ? 4 : 0.25f;
            Scale(sae.Parameters.WEnc.Buffer, latent * DIn, DIn, factor);
            Scale(sae.Parameters.BEnc, latent, 1, factor);
            Scale(sae.Parameters.WDec.Buffer, latent * DIn, DIn, 1 / factor);
        }

        IReadOnlyList<FeatureRow> after = FeatureTable.Measure(sae, Source());
        // In units of the activation, and in those of 1 / activation.
        string[] growing =
        [
            nameof(FeatureRow.ExpectedValue), nameof(FeatureRow.Mean), nameof(FeatureRow.Sigma), nameof(FeatureRow.Min),
            nameof(FeatureRow.Max), nameof(FeatureRow.Q05), nameof(FeatureRow.Q10), nameof(FeatureRow.Q25),
            nameof(FeatureRow.Q50), nameof(FeatureRow.Q75), nameof(FeatureRow.Q90), nameof(FeatureRow.Q95),
            nameof(FeatureRow.Q99), nameof(FeatureRow.Q999), nameof(FeatureRow.ClusteringValley),
            nameof(FeatureRow.ClusteringMode), nameof(FeatureRow.EncoderNorm), nameof(FeatureRow.EncoderBias),
        ];
        string[] shrinking = [nameof(FeatureRow.DecoderNorm)];
        // All latents share these: a sum of masses, and the edges of pooled histograms.
        string[] pooled =
        [
            nameof(FeatureRow.ExpectedValueShare), nameof(FeatureRow.InformationCodeBits),
            nameof(FeatureRow.InformationCodeEdge), nameof(FeatureRow.InformationDirectionBits),
            nameof(FeatureRow.InformationDirectionLowerEdge), nameof(FeatureRow.InformationDirectionEdge),
        ];
        foreach (PropertyInfo column in typeof(FeatureRow).GetProperties().Where(
            property => property.CanWrite && !pooled.Contains(property.Name)))
        {
            for (int latent = 0; latent < DSae; latent++)
            {
                double factor = latent % 2 == 0 ? 4 : 0.25;
                object found = column.GetValue(after[latent])!;
                if (column.GetValue(before[latent]) is double number)
                {
                    // Powers of two: all but the last bits stay.
                    double expected = growing.Contains(column.Name) ? number * factor
                        : shrinking.Contains(column.Name) ? number / factor
                        : number;
                    Assert.True(
                        expected.Equals(found) || Math.Abs(expected - (double)found) <= 1e-9 * Math.Abs(expected),
                        $"{column.Name} of latent {latent}: {found} instead of {expected}");
                }
                else
                {
                    Assert.Equal(column.GetValue(before[latent]), found);
                }
            }
        }
    }

    [Fact]
    public void The_nearest_latent_is_the_one_of_all_pairs()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        float[] rows = new float[DSae * DIn];
        sae.Parameters.WDec.Buffer.Download(rows);
        // A double, a row with only obtuse angles to itself, and a row of zeros.
        rows.AsSpan(3 * DIn, DIn).CopyTo(rows.AsSpan(17 * DIn));
        rows.AsSpan(5 * DIn, DIn).Clear();
        sae.Parameters.WDec.Buffer.Upload(rows);
        UnitDirections directions = UnitDirections.From(rows, DIn);
        NearestDirection[] nearest = NearestDirections.Of(backend, sae.Parameters.WDec);
        for (int latent = 0; latent < DSae; latent++)
        {
            double[] cosines =
                [.. Enumerable.Range(0, DSae).Select(other => other == latent ? -2 : Dot(directions, latent, other))];
            Assert.Equal(latent == 5 ? -1 : Array.IndexOf(cosines, cosines.Max()), nearest[latent].Latent);
            Assert.Equal(latent == 5 ? double.NaN : cosines.Max(), nearest[latent].Cosine, 1e-12);
        }
    }

    [Fact]
    public void Opposite_rows_are_each_others_nearest_where_there_is_no_other()
    {
        using CpuBackend backend = new();
        using RealBuffer rows = backend.AllocateReal("Rows", 4);
        rows.Upload([1f, 0, -1, 0]);

        Assert.Equal([new(1, -1), new(0, -1)], NearestDirections.Of(backend, new RealMatrix(rows, 2, 2)));
        Assert.Equal(-1, NearestDirections.Of(backend, new RealMatrix(rows, 1, 2))[0].Latent);
    }

    [Fact]
    public void Information_of_latents_is_that_of_their_codes_and_directions_under_shared_edges()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        float[] directions = new float[DSae * DIn];
        sae.Parameters.WDec.Buffer.Download(directions);
        CodeCopy copy = new();
        new LatentPass { Collectors = [copy] }.Run(sae, Source());
        InformationEdges edges = new(copy.Values.Max(), directions.Max(Math.Abs));
        LatentInformation expected =
            LatentInformation.Of(copy.Codes, new RowMatrix(directions, DIn), edges);
        IReadOnlyList<FeatureRow> rows = FeatureTable.Measure(sae, Source());

        Assert.Equal(expected.CodeBits, rows.Select(row => row.InformationCodeBits));
        Assert.Equal(expected.DictionaryBits, rows.Select(row => row.InformationDirectionBits));
        Assert.All(rows, row => Assert.Equal(
            (0f, edges.CodeHigh, -edges.DictionaryHigh, edges.DictionaryHigh, 100, 2),
            (
                (float)row.InformationCodeLowerEdge, (float)row.InformationCodeEdge,
                (float)row.InformationDirectionLowerEdge, (float)row.InformationDirectionEdge, row.InformationBins,
                row.InformationBase)));
        Assert.Contains(rows, row => row.InformationCodeBits > 0);
    }

    [Fact]
    public void A_model_with_NaN_is_a_fault()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        sae.Parameters.BEnc.Upload([float.NaN], 3);

        InvalidDataException fault =
            Assert.Throws<InvalidDataException>(() => FeatureTable.Measure(sae, Source()));
        Assert.Contains("latent 3", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_column_is_defined_in_the_documentation()
    {
        string page = RepositoryFiles.Read("docs/metrics.md");
        string[] grouped = ["autocorrelation_2", "autocorrelation_4", "autocorrelation_8"];

        Assert.Equal(64, Columns.Length);
        Assert.All(
            Columns.Select(column => column.Name).Except(grouped),
            name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    private static Sae Model(IComputeBackend backend, string architecture = "topk")
    {
        int k = architecture == "topk" ? 4 : 0;
        SaeConfig config = new() { Architecture = architecture, DIn = DIn, DSae = DSae, K = k };
        Sae sae = SaeArchitectures.Create(backend, config);
        RandomSequence random = new(31, RandomPurpose.General);
        Upload(sae.Parameters.WEnc.Buffer, ref random);
        Upload(sae.Parameters.WDec.Buffer, ref random);
        Upload(sae.Parameters.BEnc, ref random);
        return sae;
    }

    private static void Upload(RealBuffer buffer, ref RandomSequence random)
    {
        float[] values = new float[buffer.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)random.NextNormal();
        }

        buffer.Upload(values);
    }

    private static void Scale(RealBuffer buffer, int first, int count, float factor)
    {
        float[] values = new float[count];
        buffer.Download(values, first);
        buffer.Upload(Array.ConvertAll(values, value => value * factor), first);
    }

    private static VectorSource Source() => new()
    {
        Count = Rows,
        DIn = DIn,
        Read = (first, to) =>
        {
            for (int row = 0; row < to.Length / DIn; row++)
            {
                RandomSequence random = new(32, RandomPurpose.General, first + row);
                for (int d = 0; d < DIn; d++)
                {
                    to[(row * DIn) + d] = (float)random.NextNormal();
                }
            }
        },
        ReadTokenIds = (first, to) => Fill(to, i => (first + i) * 7919 % 31),
        ReadDocumentIds = (first, to) => Fill(to, i => (first + i) / 17),
        ReadPositions = (first, to) => Fill(to, i => (first + i) % 17),
    };

    private static void Fill(Span<long> to, Func<int, long> value)
    {
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = value(i);
        }
    }

    private static void AssertSame(
        IReadOnlyList<FeatureRow> expected,
        IReadOnlyList<FeatureRow> actual,
        double relative,
        bool anyBin = false)
    {
        for (int latent = 0; latent < DSae; latent++)
        {
            foreach ((string name, PropertyInfo property) in Columns)
            {
                object? left = property.GetValue(expected[latent]);
                object? right = property.GetValue(actual[latent]);
                if (left is double number && double.IsFinite(number))
                {
                    // A last bit may move an activation into the next bin, 1/64 further.
                    double allowed = anyBin && name.StartsWith('q') ? 1 / 32.0 : relative;
                    Assert.Equal(number, (double)right!, Math.Max(1e-12, allowed * Math.Abs(number)));
                }
                else
                {
                    Assert.Equal(left, right);
                }
            }
        }
    }

    private static void AssertNear(IReadOnlyList<double> expected, IReadOnlyList<double> found)
    {
        for (int latent = 0; latent < DSae; latent++)
        {
            Assert.Equal(expected[latent], found[latent], 1e-6 * Math.Abs(expected[latent]));
        }
    }

    private static double Dot(UnitDirections directions, int left, int right)
    {
        double sum = 0;
        for (int d = 0; d < DIn; d++)
        {
            sum += directions[left][d] * directions[right][d];
        }

        return sum;
    }
}
