using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>E22 of the acceptance checks: clustering at high activation, with the reference's distributions.</summary>
public class ActivationClusteringTests
{
    private const int Samples = 2000;

    [Theory]
    [InlineData("exponential", 0, 0.02)]
    [InlineData("gamma2", 0, 0.02)]
    [InlineData("half-normal", 0, 0.02)]
    [InlineData("uniform", 0, 0.02)]
    [InlineData("0.95 exponential + 0.05 N(1,1)", 0, 0.02)]
    [InlineData("0.7 exponential + 0.3 N(6,1)", 0.99, 1)]
    [InlineData("0.9 exponential + 0.1 N(6,1)", 0.95, 1)]
    public void The_share_of_draws_called_clustered(string distribution, double least, double most)
    {
        const int Trials = 1000;
        int clustered = Enumerable.Range(0, Trials).AsParallel().Count(trial =>
            Of(Draw(distribution, (ulong)trial, Samples)).Verdict == ActivationClustering.Clustered);

        Assert.InRange(clustered / (double)Trials, least, most);
    }

    [Fact]
    public void Valley_and_mode_of_a_mixture_are_where_its_density_has_them()
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            ActivationClustering found = Of(Draw("0.7 exponential + 0.3 N(6,1)", seed, Samples));

            Assert.InRange(found.Valley, 3.66 - 0.3, 3.66 + 0.3);
            Assert.InRange(found.Mode, 5.98 - 0.3, 5.98 + 0.3);
            // The analytic share above 3.658 is 0.7 · e^−3.658 + 0.3 · Φ(2.342) = 0.3151.
            Assert.InRange(found.Mass, 0.28, 0.35);
        }
    }

    // Smoothing lowers the ratio 4.714 of the mixture itself; the reference measured 3.43 at 2,000 and 3.97 at 10,000.
    [Theory]
    [InlineData(2000, 3.43)]
    [InlineData(10_000, 3.97)]
    public void The_ratio_of_a_mixture_is_the_one_of_the_reference(int samples, double expected)
    {
        double mean = Enumerable.Range(0, 100)
            .Average(seed => Of(Draw("0.7 exponential + 0.3 N(6,1)", (ulong)seed, samples)).Ratio);

        Assert.InRange(mean, expected * 0.95, expected * 1.05);
    }

    // BIC prefers the mixture where there is one, and one distribution where there is one of the two it knows. Of a
    // uniform one it prefers the mixture too: it is evidence, not the verdict.
    [Theory]
    [InlineData("exponential", 0, 0.02)]
    [InlineData("gamma2", 0, 0.02)]
    [InlineData("uniform", 0.98, 1)]
    [InlineData("0.7 exponential + 0.3 N(6,1)", 0.99, 1)]
    [InlineData("0.9 exponential + 0.1 N(6,1)", 0.99, 1)]
    public void The_share_of_draws_that_BIC_calls_a_mixture(string distribution, double least, double most)
    {
        const int Trials = 200;
        int mixtures = Enumerable.Range(0, Trials).AsParallel().Count(trial =>
        {
            float[] values = Draw(distribution, (ulong)trial, Samples);
            return MixtureEvidence.Of(Counts(values, 100), values.Max()) > 0;
        });

        Assert.InRange(mixtures / (double)Trials, least, most);
    }

    [Fact]
    public void Equal_or_few_activations_have_no_evidence_that_is_no_number()
    {
        long[] counts = new long[100];
        counts[99] = 499;
        Assert.True(double.IsNaN(MixtureEvidence.Of(counts, 2)));
        counts[99] = 100_000;
        Assert.False(double.IsNaN(MixtureEvidence.Of(counts, 2)));
        counts[0] = 1;
        Assert.False(double.IsNaN(MixtureEvidence.Of(counts, 2)));
    }

    // E22 asks for an AUROC of at least 0.98 of planted bimodal latents over others.
    [Fact]
    public void Planted_clusters_are_ranked_ahead_of_other_shapes()
    {
        string[] others = ["exponential", "gamma2", "half-normal", "uniform"];
        string[] planted = ["0.7 exponential + 0.3 N(6,1)", "0.9 exponential + 0.1 N(6,1)"];
        double[] negatives = [.. Enumerable.Range(0, 200).Select(i => Ratio(others[i % 4], i))];
        double[] positives = [.. Enumerable.Range(0, 200).Select(i => Ratio(planted[i % 2], i + 1000))];
        double auroc = positives.Average(p => negatives.Average(n => p > n ? 1 : p == n ? 0.5 : 0));

        Assert.InRange(auroc, 0.98, 1);

        double Ratio(string distribution, int seed)
        {
            double ratio = Of(Draw(distribution, (ulong)seed, Samples)).Ratio;
            return double.IsNaN(ratio) ? 0 : ratio;
        }
    }

    [Fact]
    public void Few_activations_get_no_verdict()
    {
        Assert.Equal(ActivationClustering.TooFew, Of(Draw("uniform", 1, 499)).Verdict);
        Assert.NotEqual(ActivationClustering.TooFew, Of(Draw("uniform", 1, 500)).Verdict);
    }

    [Fact]
    public void Equal_activations_are_not_clustered()
    {
        long[] counts = new long[400];
        counts[399] = 1000;

        ActivationClustering found = ActivationClustering.Of(counts, 2, 0, 0);
        Assert.Equal(ActivationClustering.NotClustered, found.Verdict);
        // They keep away from 0 all the same, so one that is on now and then stands for something frequent.
        Assert.Equal(DensityClass.Frequent, DensityClass.Of(0.3, double.NaN, found));
        Assert.Equal(DensityClass.Offset, DensityClass.Of(1, double.NaN, found));
    }

    // A narrow bandwidth leaves nothing at all between the clusters: every ratio to the valley is infinite.
    [Fact]
    public void Over_an_empty_valley_the_mode_is_where_the_density_is_highest()
    {
        long[] counts = new long[400];
        counts[99] = counts[100] = counts[101] = 300;
        counts[348] = counts[350] = 10;
        counts[349] = 80;

        ActivationClustering found = ActivationClustering.Of(counts, 400, 75, 2);

        Assert.Equal(ActivationClustering.Clustered, found.Verdict);
        Assert.Equal(double.PositiveInfinity, found.Ratio);
        Assert.Equal(349.5, found.Mode);
        Assert.Equal(0.1, found.Mass);
    }

    private static ActivationClustering Of(float[] values)
    {
        QuantileBins quantiles = new(1);
        foreach (float value in values)
        {
            quantiles.Add(0, value);
        }

        double mean = values.Average();
        double sigma = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return ActivationClustering.Of(
            Counts(values, FeatureSecondPass.LinearBins),
            values.Max(),
            sigma,
            quantiles.Quantile(0, 0.75) - quantiles.Quantile(0, 0.25));
    }

    private static long[] Counts(float[] values, int count)
    {
        EvenBins bins = new(0, values.Max(), count);
        long[] counts = new long[count];
        foreach (float value in values)
        {
            counts[bins.IndexOf(value)]++;
        }

        return counts;
    }

    private static float[] Draw(string distribution, ulong seed, int count)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            // Activations are positive; a normal part may not be.
            do
            {
                values[i] = (float)DrawOne(distribution, ref random);
            }
            while (!(values[i] > 0));
        }

        return values;
    }

    private static double DrawOne(string distribution, ref RandomSequence random)
    {
        double exponential = -Math.Log(1 - random.NextDouble());
        double choice = random.NextDouble();
        return distribution switch
        {
            "exponential" => exponential,
            "gamma2" => exponential - Math.Log(1 - random.NextDouble()),
            "half-normal" => Math.Abs(random.NextNormal()),
            "uniform" => random.NextDouble(),
            "0.95 exponential + 0.05 N(1,1)" => choice < 0.95 ? exponential : 1 + random.NextNormal(),
            "0.7 exponential + 0.3 N(6,1)" => choice < 0.7 ? exponential : 6 + random.NextNormal(),
            "0.9 exponential + 0.1 N(6,1)" => choice < 0.9 ? exponential : 6 + random.NextNormal(),
            _ => throw new ArgumentException(distribution),
        };
    }
}
