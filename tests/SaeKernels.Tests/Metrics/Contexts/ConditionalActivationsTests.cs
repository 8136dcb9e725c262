using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The distributions of E8 and the labels of E5 of the acceptance checks.</summary>
public class ConditionalActivationsTests
{
    private const int Bins = 20;
    private const int Rows = 4000;

    [Fact]
    public void Conditionals_sum_to_one_and_expected_values_to_all_activation()
    {
        CodeStream stream = CodeStream.Random(61, Rows, 4);
        ConditionalActivations found = Of(stream, 7);
        QuantileBins all = stream.Feed(new QuantileBins(4));
        foreach (int latent in found.Latents)
        {
            double mass = 0;
            long count = 0;
            for (int bin = 0; bin < Bins; bin++)
            {
                double sum = 0;
                long before = count;
                for (int score = 0; score < found.ScoreBins; score++)
                {
                    sum += found.Conditional(latent, bin, score);
                    mass += found.ExpectedValue(latent, bin, score);
                    count += found.Count(latent, bin, score);
                }

                Assert.Equal(count == before ? double.NaN : 1, sum, 1e-12);
            }

            Assert.Equal(all.CountOf(latent), count);
            Assert.Equal(stream.ActivationsOf(latent).Sum(value => (double)value), mass, 1e-9 * mass);
        }
    }

    [Fact]
    public void Correlation_and_specificity_are_those_of_two_passes()
    {
        CodeStream stream = CodeStream.Random(62, Rows, 4);
        ConditionalActivations found = Of(stream, 4096);
        float[] activations = stream.ActivationsOf(3);
        ContextScore score = new(Context());
        double[] labels = [.. stream.Tokens.Select(t => score.Next(t.Token, t.Document, t.Position) > 0 ? 1.0 : 0)];
        double meanX = activations.Average();
        double meanY = labels.Average();
        double covariance = activations.Zip(labels, (x, y) => (x - meanX) * (y - meanY)).Sum();
        double expected = covariance / Math.Sqrt(
            activations.Sum(x => (x - meanX) * (x - meanX)) * labels.Sum(y => (y - meanY) * (y - meanY)));
        List<double> strong = [.. labels.Where((_, row) => activations[row] >= 25)];

        Assert.Equal(expected, found.Correlation(3), 1e-9);
        Assert.Equal(meanY, found.LabelShare);
        Assert.Equal(strong.Average(), found.Specificity(3, Bins / 2), 1e-12);
    }

    [Fact]
    public void A_part_that_begins_inside_a_document_is_told_the_tokens_before_it()
    {
        CodeStream stream = CodeStream.Random(63, Rows, 4);
        int cut = Enumerable.Range(Rows / 2, Rows).First(row => stream.Before(row).Rows == 3);
        ConditionalActivations whole = Of(stream, 4096);
        ConditionalActivations told = Empty();
        told.Precede(stream.Before(cut).Tokens);
        LabelledActivations labelled = new(4, told.Context!);
        labelled.Precede(stream.Before(cut).Tokens);
        ConditionalActivations merged = stream.Feed(told, cut, Rows - cut, 7);
        merged.Merge(stream.Feed(Empty(), 0, cut, 1));
        _ = stream.Feed(labelled, cut, Rows - cut, 7);
        labelled.Merge(stream.Feed(new LabelledActivations(4, told.Context!), 0, cut, 1));
        Assert.Equal(whole.LabelShare, labelled.TokensOf(0) / (double)labelled.Tokens);
        for (int bin = 0; bin < Bins; bin++)
        {
            for (int score = 0; score < whole.ScoreBins; score++)
            {
                Assert.Equal(whole.Count(1, bin, score), merged.Count(1, bin, score));
                Assert.Equal(whole.ExpectedValue(1, bin, score), merged.ExpectedValue(1, bin, score), 1e-9);
            }
        }

        Assert.Equal(whole.Correlation(1), merged.Correlation(1), 1e-9);
    }

    // A feature with P(active | context) and P(active | other) chosen so that P(context | active) = 0.81, as the
    // reference plants it: Arabic, feature A/1/3450.
    [Fact]
    public void A_planted_feature_has_its_planted_conditional()
    {
        const int Tokens = 200_000;
        const double Share = 0.1;
        const double Active = 0.02;
        const double Planted = 0.81;
        RandomSequence random = new(64, RandomPurpose.General);
        CodeStream stream = new();
        for (int row = 0; row < Tokens; row++)
        {
            bool inContext = random.NextDouble() < Share;
            double fires = inContext ? Active * Planted / Share : Active * (1 - Planted) / (1 - Share);
            (int, float)[] code = random.NextDouble() < fires ? [(0, 1 + random.NextSingle())] : [];
            stream.Add(row, 0, inContext ? 1 : 0, code);
        }

        TokenContext script = TokenContext.Script(UnicodeScript.Arabic, Share, token => token == 1 ? "سلام" : "peace");
        ConditionalActivations found = stream.Feed(new ConditionalActivations(script, [0], [2], Bins));
        long active = Enumerable.Range(0, Bins).Sum(
            bin => Enumerable.Range(0, found.ScoreBins).Sum(score => found.Count(0, bin, score)));
        double sigma = Math.Sqrt(Planted * (1 - Planted) / active);

        Assert.InRange(found.Specificity(0, 0), Planted - (3 * sigma), Planted + (3 * sigma));
        Assert.InRange(found.LabelShare, Share - 0.002, Share + 0.002);
    }

    // E5: a feature of A and B alike answers to both equally; one of A alone has the AUROC of its closed form: active
    // with probability p on A and q elsewhere, with the same activations, 1/2 + (p − q) / 2.
    [Fact]
    public void Labels_of_a_user_are_told_apart_as_planted()
    {
        const int Tokens = 100_000;
        const double Fires = 0.3;
        const double Elsewhere = 0.01;
        RandomSequence random = new(65, RandomPurpose.General);
        CodeStream stream = new();
        int[] labels = new int[Tokens];
        for (int row = 0; row < Tokens; row++)
        {
            labels[row] = (int)random.NextInt64(4) - 1;
            List<(int, float)> codes = [];
            Plant(codes, 0, labels[row] is 0 or 1 ? Fires : Elsewhere, ref random);
            Plant(codes, 1, labels[row] is 0 ? Fires : Elsewhere, ref random);
            stream.Add(0, row, 0, [.. codes]);
        }

        LabelledActivations found = stream.Feed(new LabelledActivations(2, 3, row => labels[row]), 0, Tokens / 2, 7);
        found.Merge(stream.Feed(new LabelledActivations(2, 3, row => labels[row]), Tokens / 2, Tokens / 2));
        double sigma = Math.Sqrt(2 * Fires * (1 - Fires) / (Tokens / 4.0));

        Assert.InRange(found.Density(0, 0) - found.Density(0, 1), -3 * sigma, 3 * sigma);
        Assert.Equal(0.5 + ((Fires - Elsewhere) / 2), found.Auroc(1, 0), 0.01);
        Assert.Equal(0.5, found.Auroc(0, 2) + ((Fires - Elsewhere) / 3), 0.01);
        Assert.Equal(1.5, found.Mean(1, 0), 0.01);
        Assert.Equal(labels.Count(label => label == 2), found.TokensOf(2));
        Assert.InRange(found.MassShare(1, 0), 0.88, 0.94);
    }

    [Fact]
    public void A_context_as_a_label_says_what_its_distributions_say()
    {
        CodeStream stream = CodeStream.Random(66, Rows, 4);
        ConditionalActivations distributions = Of(stream, 4096);
        LabelledActivations labels = stream.Feed(new LabelledActivations(4, Context()), 7);

        Assert.Equal(distributions.LabelShare, labels.TokensOf(0) / (double)labels.Tokens);
        Assert.Equal(Rows, labels.Tokens);
        foreach (int latent in distributions.Latents)
        {
            Assert.Equal(distributions.Correlation(latent), labels.Correlation(latent, 0), 1e-9);
            Assert.Equal(distributions.Specificity(latent, 0), labels.Specificity(latent, 0), 1e-12);
            // 25 is the lower edge of its bin of 1/64 of an octave, as every whole number up to 64 is.
            Assert.Equal(distributions.Specificity(latent, Bins / 2), labels.Specificity(latent, 0, 25), 1e-12);
            float[] activations = stream.ActivationsOf(latent);
            Assert.Equal(activations.Count(value => value > 0), labels.ActiveTokens(latent));
            double active = (labels.Density(latent, 0) * labels.TokensOf(0))
                + (labels.DensityElsewhere(latent, 0) * (Rows - labels.TokensOf(0)));
            Assert.Equal(labels.ActiveTokens(latent), active, 1e-9);
            Assert.Equal(
                activations.Sum() * (1 - labels.MassShare(latent, 0)),
                labels.MeanElsewhere(latent, 0) * labels.DensityElsewhere(latent, 0) * (Rows - labels.TokensOf(0)),
                1e-6);
        }
    }

    [Fact]
    public void A_label_of_a_user_has_two_bins_and_the_same_correlation()
    {
        CodeStream stream = CodeStream.Random(67, Rows, 4);
        ConditionalActivations found =
            stream.Feed(ConditionalActivations.OfLabel("third", row => row % 3 == 0, [2], [50], Bins), 7);
        LabelledActivations labels = stream.Feed(new LabelledActivations(4, 1, row => row % 3 == 0 ? 0 : -1));

        Assert.Equal("third", found.Name);
        Assert.Equal(2, found.ScoreBins);
        Assert.Equal(
            stream.ActivationsOf(2).Where((value, row) => value > 0 && row % 3 == 0).Count(),
            Enumerable.Range(0, Bins).Sum(bin => found.Count(2, bin, 1)));
        Assert.Equal(labels.Correlation(2, 0), found.Correlation(2), 1e-9);
    }

    // Sums of squares round: 1,500 times this number has a spread a little above 0.
    [Fact]
    public void A_latent_that_never_varies_correlates_with_no_label()
    {
        CodeStream stream = CodeStream.OfValues(Enumerable.Repeat(2.3f, 1500));
        ConditionalActivations found =
            stream.Feed(ConditionalActivations.OfLabel("third", row => row % 3 == 0, [0], [2.3f], Bins));
        LabelledActivations labels = stream.Feed(new LabelledActivations(1, 1, row => row % 3 == 0 ? 0 : -1));

        Assert.Equal(double.NaN, found.Correlation(0));
        Assert.Equal(double.NaN, labels.Correlation(0, 0));
    }

    // 20 · 0.34999999 is 7 in float32, and below 7 in float64.
    [Fact]
    public void An_activation_just_below_an_edge_is_in_the_bin_below_it()
    {
        CodeStream stream = CodeStream.OfValues([0.34999999403953552f, 0.35000002384185791f, 1]);
        ConditionalActivations found = stream.Feed(
            ConditionalActivations.OfLabel("all", _ => true, [0], [1], Bins));

        Assert.Equal(1, found.Count(0, 6, 1));
        Assert.Equal(1, found.Count(0, 7, 1));
    }

    [Fact]
    public void Auroc_is_that_of_all_pairs_with_ties_counted_half()
    {
        float[] positives = [0, 0, 1, 4, 4, 9];
        float[] negatives = [0, 0, 0, 1, 2, 4];
        CodeStream stream = CodeStream.OfValues([.. positives, .. negatives]);
        LabelledActivations found = stream.Feed(new LabelledActivations(1, 1, row => row < 6 ? 0 : -1));
        double expected = positives.Sum(p => negatives.Sum(n => p > n ? 1 : p == n ? 0.5 : 0)) / 36;

        Assert.Equal(expected, found.Auroc(0, 0), 1e-12);
    }

    private static void Plant(List<(int, float)> codes, int latent, double fires, ref RandomSequence random)
    {
        if (random.NextDouble() < fires)
        {
            codes.Add((latent, 1 + random.NextSingle()));
        }
    }

    private static TokenContext Context()
    {
        UnigramTable unigrams = new();
        for (int token = 0; token < 30; token++)
        {
            unigrams.Add(token, 10 + token);
        }

        return TokenContext.Characters("own", "abcdefgh", token => $"{(char)('a' + token)}", unigrams);
    }

    private static ConditionalActivations Empty() =>
        new(Context(), [0, 1, 3], [50, 50, 50], Bins, [-4, -2, 0, 2, 4]);

    private static ConditionalActivations Of(CodeStream stream, int chunk) => stream.Feed(Empty(), chunk);
}
