using SaeKernels.Cpu;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The orderings of E21 of the acceptance checks.</summary>
public sealed class FeatureOrderTests
{
    private const int DIn = 6;
    private const int Latents = 40;
    private static readonly IReadOnlyList<FeatureRow> Rows = Table();

    public static TheoryData<FeatureOrdering> Orderings => [.. Enum.GetValues<FeatureOrdering>()];

    [Theory]
    [MemberData(nameof(Orderings))]
    public void Every_ordering_is_a_permutation_and_monotone_in_its_key(FeatureOrdering ordering)
    {
        IReadOnlyList<FeatureRow> ordered = FeatureOrder.Of(Rows, ordering);

        Assert.Equal(Enumerable.Range(0, Latents), ordered.Select(row => row.Latent).Order());
        foreach ((FeatureRow before, FeatureRow after) in ordered.Zip(ordered.Skip(1)))
        {
            (double first, double second) = (KeyOf(before, ordering), KeyOf(after, ordering));
            Assert.True(first > second || double.IsNaN(second) || (first == second && before.Latent < after.Latent)
                || ordering == FeatureOrdering.Random);
        }
    }

    [Fact]
    public void Chance_is_the_same_every_time_and_another_with_another_seed()
    {
        int[] once = [.. FeatureOrder.Of(Rows, FeatureOrdering.Random, 1).Select(row => row.Latent)];

        Assert.Equal(once, FeatureOrder.Of([.. Rows.Reverse()], FeatureOrdering.Random, 1).Select(row => row.Latent));
        Assert.NotEqual(once, FeatureOrder.Of(Rows, FeatureOrdering.Random, 2).Select(row => row.Latent));
        Assert.NotEqual(once, [.. Enumerable.Range(0, Latents)]);
    }

    internal static IReadOnlyList<FeatureRow> Table(DensityThresholds? density = null)
    {
        using CpuBackend backend = new();
        using Sae sae = SaeArchitectures.Create(
            backend, new SaeConfig { Architecture = "topk", DIn = DIn, DSae = Latents, K = 3 });
        RandomSequence random = new(81, RandomPurpose.General);
        sae.Parameters.WEnc.Buffer.Upload(Normal(Latents * DIn, ref random));
        sae.Parameters.WDec.Buffer.Upload(Normal(Latents * DIn, ref random));
        float[] vectors = Normal(900 * DIn, ref random);
        return FeatureTable.Measure(sae, new VectorSource
        {
            Count = 900,
            DIn = DIn,
            Read = (first, to) => vectors.AsSpan((int)first * DIn, to.Length).CopyTo(to),
        }, density: density);
    }

    private static double KeyOf(FeatureRow row, FeatureOrdering ordering) => ordering switch
    {
        FeatureOrdering.Latent => -row.Latent,
        FeatureOrdering.AbsoluteMax => row.AbsoluteMax,
        FeatureOrdering.Density => row.Density,
        FeatureOrdering.ExpectedValue => row.ExpectedValue,
        FeatureOrdering.Clustering => row.ClusteringRatio,
        _ => double.NaN,
    };

    private static float[] Normal(int count, ref RandomSequence random)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)random.NextNormal();
        }

        return values;
    }
}
