using System.Text.Json;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public sealed class EvaluationSumsTests : IDisposable
{
    private const int DIn = 8;
    private const int Latents = 24;
    private const int Rows = 600;
    private readonly TrainingData data = new(Rows, DIn);

    [Theory]
    [InlineData("topk", "cpu")]
    [InlineData("topk", "reference")]
    [InlineData("transcoder", "cpu")]
    [InlineData("crosscoder", "cpu")]
    public void Shards_in_any_order_have_the_figures_of_the_whole(string architecture, string backend) =>
        TestBackends.Use(backend, device =>
        {
            using Sae sae = Model(device, architecture, Latents);
            using ActivationStore store = this.data.OpenFor(architecture);
            EvaluationResult whole = SaeEvaluator.Evaluate(
                sae, store, RowSet.All(store), variants: new PublishedVariantsMetric(sae.Config.DOut));
            (long First, long Rows)[] shards = [(0, 1), (1, 7), (8, Rows - 8), (5, 0)];
            foreach (int[] order in (int[][])[[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]])
            {
                EvaluationSums[] parts =
                    Array.ConvertAll(order, place => Sum(sae, store, shards[place].First, shards[place].Rows));
                Array.ForEach(parts[1..], parts[0].Merge);
                EvaluationResult found = parts[0].Read(sae);

                AssertSame(JsonSerializer.SerializeToElement(whole), JsonSerializer.SerializeToElement(found));
                AssertSame(
                    JsonSerializer.SerializeToElement(whole.Variants),
                    JsonSerializer.SerializeToElement(found.Variants));
                AssertSame(
                    JsonSerializer.SerializeToElement(whole.Sites), JsonSerializer.SerializeToElement(found.Sites));
            }
        });

    [Fact]
    public void Parts_of_other_models_or_without_the_same_figures_are_refused() => TestBackends.Use("cpu", device =>
    {
        using Sae sae = Model(device, "topk", Latents);
        using Sae smaller = Model(device, "topk", Latents - 1);
        using ActivationStore store = this.data.Open();
        EvaluationSums part = Sum(sae, store, 0, 10);

        AssertRefused("both sides must have 24 latents", Sum(smaller, store, 10, 10));
        AssertRefused(
            "but the other one has the widths 8 and no such figures",
            SaeEvaluator.Sum(sae, store, new RowSet([new RowRange(10, 10)])));

        void AssertRefused(string found, EvaluationSums other) => Assert.Contains(
            found, Assert.Throws<ArgumentException>(() => part.Merge(other)).Message, StringComparison.Ordinal);
    });

    public void Dispose() => this.data.Dispose();

    private static EvaluationSums Sum(Sae sae, ActivationStore store, long first, long rows) => SaeEvaluator.Sum(
        sae,
        store,
        new RowSet(rows == 0 ? [] : [new RowRange(first, rows)]),
        variants: new PublishedVariantsMetric(sae.Config.DOut, first));

    private static Sae Model(Abstractions.IComputeBackend backend, string architecture, int latents)
    {
        SaeArchitecture known = SaeArchitectures.Get(architecture);
        Sae sae = SaeArchitectures.Create(backend, new SaeConfig
        {
            Architecture = architecture,
            DIn = known.HasSites ? DIn + TrainingData.OtherWidth : DIn,
            DSae = latents,
            K = known.HasSites ? 0 : 3,
            TargetWidth = known.HasTarget ? TrainingData.OtherWidth : null,
            Sites = known.HasSites ? [DIn, TrainingData.OtherWidth] : null,
        });
        RandomSequence random = new(43, RandomPurpose.General);
        sae.Parameters.WEnc.Buffer.Upload(TrainingRuns.Normals(ref random, (int)sae.Parameters.WEnc.Buffer.Length));
        sae.Parameters.WDec.Buffer.Upload(TrainingRuns.Normals(ref random, (int)sae.Parameters.WDec.Buffer.Length));
        return sae;
    }

    private static void AssertSame(JsonElement expected, JsonElement found)
    {
        Assert.Equal(expected.ValueKind, found.ValueKind);
        if (expected.ValueKind == JsonValueKind.Array)
        {
            Assert.Equal(expected.GetArrayLength(), found.GetArrayLength());
            Assert.All(
                expected.EnumerateArray().Zip(found.EnumerateArray()), pair => AssertSame(pair.First, pair.Second));
        }

        if (expected.ValueKind == JsonValueKind.Object)
        {
            // How fast it went is of a clock.
            foreach (JsonProperty figure in expected.EnumerateObject().Where(one => one.Name != "tokens_per_second"))
            {
                double number = figure.Value.GetDouble();
                Assert.Equal(number, found.GetProperty(figure.Name).GetDouble(), 1e-9 * Math.Abs(number));
            }
        }
    }
}
