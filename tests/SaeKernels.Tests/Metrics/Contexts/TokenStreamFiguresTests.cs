using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Tests.Metrics;

/// <summary>
/// Labels, contexts and shapes on the stream of labelled tokens, whose true codes have closed forms: E5, E8 and E22 of
/// the acceptance checks, with 0.81 planted for P(context | active).
/// </summary>
public class TokenStreamFiguresTests
{
    private const int Tokens = 60_000;
    private const double Planted = 0.81;
    private const double Fire = 0.5;
    private const int Arabic = 3;

    // P(context | active) = share · fire / (share · fire + (1 − share) · false), with a share of 0.1.
    private static readonly TokenStreamOptions Stream = new()
    {
        FireRate = Fire,
        FalseRate = 0.1 * Fire * ((1 / Planted) - 1) / 0.9,
    };

    private readonly TokenStreamSource source = new(11, Stream);
    private readonly CodeStream codes = new();
    private readonly int[] labels = new int[Tokens];

    public TokenStreamFiguresTests()
    {
        SyntheticRow code = new();
        for (int row = 0; row < Tokens; row++)
        {
            _ = this.source.DrawCode(row, code);
            this.labels[row] = this.source.ContextOf(row);
            (int, float)[] entries = new (int, float)[code.Count];
            for (int i = 0; i < entries.Length; i++)
            {
                entries[i] = (code.Features[i], code.Values[i]);
            }

            this.codes.Add(row / Stream.DocumentLength, row % Stream.DocumentLength, this.source.TokenOf(row), entries);
        }
    }

    [Fact]
    public void Labels_have_the_planted_densities_specificities_and_AUROC()
    {
        int features = TokenStreamSource.FeatureCount;
        LabelledActivations found =
            this.codes.Feed(new LabelledActivations(features, 5, row => this.labels[row]), 4096);
        for (int feature = 0; feature < features; feature++)
        {
            int context = feature / 3;
            double inside = found.TokensOf(context);
            Assert.Equal(Fire, found.Density(feature, context), 3 * Sigma(Fire, inside));
            Assert.Equal(
                Stream.FalseRate,
                found.DensityElsewhere(feature, context),
                3 * Sigma(Stream.FalseRate, Tokens - inside));
            double precision = this.source.PrecisionOf(feature);
            Assert.Equal(context == 0 ? precision : Planted, precision, 1e-12);
            // Given the contexts of all tokens, whether a feature is active is drawn anew for each.
            double expected = inside * Fire / ((inside * Fire) + ((Tokens - inside) * Stream.FalseRate));
            Assert.Equal(
                expected, found.Specificity(feature, context), 3 * Sigma(expected, found.ActiveTokens(feature)));
            // Active with different probabilities, then equally strong: 1/2 + (p − q) / 2.
            Assert.Equal(0.5 + ((Fire - Stream.FalseRate) / 2), found.Auroc(feature, context), 0.02);
        }
    }

    [Fact]
    public void A_script_is_the_label_itself_and_its_conditional_is_the_planted_one()
    {
        TokenContext script = TokenContext.Script(
            UnicodeScript.Arabic, this.source.ShareOf(Arabic), token => this.source.Pieces[(int)token]);
        int latent = Arabic * 3;
        float max = this.codes.ActivationsOf(latent).Max();
        ConditionalActivations found = this.codes.Feed(new ConditionalActivations(script, [latent], [max], 20), 7);
        int active = this.codes.ActivationsOf(latent).Count(value => value > 0);

        Assert.Equal(this.labels.Count(label => label == Arabic) / (double)Tokens, found.LabelShare);
        // Contexts last for 16 tokens in the mean: draws of them are fewer than tokens.
        Assert.Equal(Planted, found.Specificity(latent, 0), 3 * Sigma(Planted, active / 31.0));
        LabelledActivations same = this.codes.Feed(
            new LabelledActivations(TokenStreamSource.FeatureCount, 5, row => this.labels[row]));
        Assert.Equal(same.Specificity(latent, Arabic), found.Specificity(latent, 0), 1e-12);
        Assert.Equal(same.Correlation(latent, Arabic), found.Correlation(latent), 1e-9);
    }

    [Fact]
    public void Characters_score_as_their_closed_forms_say()
    {
        UnigramTable unigrams = new();
        foreach ((long token, _, _) in this.codes.Tokens)
        {
            unigrams.Add([token]);
        }

        TokenContext base64 = TokenContext.Base64(token => this.source.Pieces[(int)token], unigrams);
        double probability = Math.Exp(unigrams.LogProbability(0));
        Assert.Equal(Math.Log(1 / 64.0) - Math.Log(probability), base64.TermOf(0), 1e-12);
        Assert.Equal(this.source.ProbabilityOf(0), probability, 4 * Sigma(this.source.ProbabilityOf(0), Tokens / 31.0));

        // Which latents respond to base64 is found without the labels.
        LabelledActivations found = this.codes.Feed(
            new LabelledActivations(TokenStreamSource.FeatureCount, base64));
        int best = Enumerable.Range(0, TokenStreamSource.FeatureCount).MaxBy(latent => found.Correlation(latent, 0));
        Assert.Equal(1, best / 3);
    }

    [Fact]
    public void Only_the_planted_mixture_is_clustered()
    {
        for (int feature = 0; feature < 3; feature++)
        {
            float[] active = [.. this.codes.ActivationsOf(feature).Where(value => value > 0)];
            ActivationClustering found = Clusters(active);

            Assert.Equal(
                feature == 2 ? ActivationClustering.Clustered : ActivationClustering.NotClustered, found.Verdict);
        }
    }

    private static ActivationClustering Clusters(float[] active)
    {
        long[] counts = new long[400];
        float max = active.Max();
        foreach (float value in active)
        {
            counts[Math.Min(399, (int)(value * 400 / max))]++;
        }

        float[] sorted = [.. active.Order()];
        double mean = active.Average();
        return ActivationClustering.Of(
            counts,
            max,
            Math.Sqrt(active.Average(value => (value - mean) * (value - mean))),
            sorted[sorted.Length * 3 / 4] - sorted[sorted.Length / 4]);
    }

    private static double Sigma(double rate, double draws) => Math.Sqrt(rate * (1 - rate) / draws);
}
