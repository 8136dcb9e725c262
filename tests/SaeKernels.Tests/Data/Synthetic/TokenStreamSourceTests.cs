using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Tests.Data.Synthetic;

/// <summary>A stream of labelled tokens against its closed forms: generator G8 of the acceptance checks.</summary>
public sealed class TokenStreamSourceTests
{
    private const int Rows = 40_000;
    private const double Errors = 4;

    private static readonly TokenStreamOptions Short = new()
    {
        DocumentLength = 40,
        SegmentLength = 5,
        ProseShare = 0.4,
        Words = 30,
        FireRate = 0.6,
        FalseRate = 0.02,
    };

    [Fact]
    public void Contexts_have_their_shares_and_last_as_long_as_was_said()
    {
        // With documents of two tokens, every pair is apart from the others.
        TokenStreamSource source = new(3, Short with { DocumentLength = 2 });
        int[] counts = new int[TokenStreamVocabulary.Contexts.Count];
        int kept = 0;
        for (int row = 0; row < Rows; row += 2)
        {
            counts[source.ContextOf(row)]++;
            kept += source.ContextOf(row) == source.ContextOf(row + 1) ? 1 : 0;
        }

        double same = 0;
        for (int context = 0; context < counts.Length; context++)
        {
            double share = source.ShareOf(context);
            same += share * share;
            Near(share, counts[context] * 2.0 / Rows, share, Rows / 2);
        }

        // Kept with 4 / 5, or drawn anew and the same.
        double expected = 0.8 + (0.2 * same);
        Near(expected, kept * 2.0 / Rows, expected, Rows / 2);
        Assert.Equal(1, Enumerable.Range(0, counts.Length).Sum(source.ShareOf), 1e-12);
    }

    [Fact]
    public void Tokens_are_as_likely_in_a_context_as_was_said()
    {
        TokenStreamSource source = new(4, Short);
        int pieces = source.Pieces.Count;
        long[,] counts = new long[TokenStreamVocabulary.Contexts.Count, pieces];
        long[] rows = new long[TokenStreamVocabulary.Contexts.Count];
        for (int row = 0; row < Rows; row++)
        {
            counts[source.ContextOf(row), source.TokenOf(row)]++;
            rows[source.ContextOf(row)]++;
        }

        for (int context = 0; context < rows.Length; context++)
        {
            double sum = 0;
            for (int token = 0; token < pieces; token++)
            {
                double probability = source.Vocabulary.ProbabilityIn(token, context);
                sum += probability;
                Near(probability, counts[context, token] / (double)rows[context], probability, rows[context]);
            }

            Assert.Equal(1, sum, 1e-9);
        }

        Assert.Equal(1, Enumerable.Range(0, pieces).Sum(source.ProbabilityOf), 1e-9);
        Assert.Equal(pieces, source.Pieces.Distinct().Count());
    }

    [Fact]
    public void Features_are_active_as_often_and_as_strongly_as_was_planted()
    {
        TokenStreamSource source = new(5, Short);
        double[] means = [1, 2, (0.7 * 1) + (0.3 * 6)];
        double[] variances = [1, 2, (0.7 * 2) + (0.3 * 37) - (2.5 * 2.5)];
        long[] active = new long[TokenStreamSource.FeatureCount];
        long[] inContext = new long[active.Length];
        double[] sums = new double[active.Length];
        SyntheticRow code = new();
        for (int row = 0; row < Rows; row++)
        {
            _ = source.DrawCode(row, code);
            int context = source.ContextOf(row);
            for (int i = 0; i < code.Count; i++)
            {
                int feature = code.Features[i];
                active[feature]++;
                inContext[feature] += feature / 3 == context ? 1 : 0;
                sums[feature] += code.Values[i];
            }
        }

        for (int feature = 0; feature < active.Length; feature++)
        {
            // Contexts come in runs: the number of independent draws is that of the runs.
            Near(source.DensityOf(feature), active[feature] / (double)Rows, source.DensityOf(feature), Rows / 9);
            double precision = source.PrecisionOf(feature);
            Near(precision, inContext[feature] / (double)active[feature], precision, active[feature] / 9);
            double error = Math.Sqrt(variances[feature % 3] / active[feature]);
            Assert.Equal(means[feature % 3], sums[feature] / active[feature], Errors * error);
        }
    }

    [Fact]
    public void A_file_has_tokens_documents_positions_labels_and_texts()
    {
        using TestFolder folder = new();
        string path = folder.PathOf("tokens.safetensors");
        TokenStreamSource source = new(6, Short);
        SyntheticFile.Write(path, source, 100);

        using ActivationStore store = ActivationStore.Open([path]);
        long[] found = new long[100];
        store.ReadTokenIds(0, found);
        Assert.Equal(Enumerable.Range(0, 100).Select(row => (long)source.TokenOf(row)), found);
        store.ReadDocumentIds(0, found);
        Assert.Equal(Enumerable.Range(0, 100).Select(row => (long)row / 40), found);
        store.ReadPositions(0, found);
        Assert.Equal(Enumerable.Range(0, 100).Select(row => (long)row % 40), found);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        file.ReadInt64s(file.Tensors["labels"], 0, found);
        Assert.Equal(Enumerable.Range(0, 100).Select(row => (long)source.ContextOf(row)), found);
        Assert.Equal("prose,base64,dna,arabic,hebrew", file.Metadata["label_names"]);
        Assert.Contains("\" ba\"", File.ReadAllText(SyntheticFile.VocabularyPath(path)), StringComparison.Ordinal);
        Assert.Equal(
            SyntheticFile.VocabularyPath(path), SyntheticFile.VocabularyPath(SyntheticFile.ManifestPath(path)));
    }

    [Fact]
    public void A_parameter_outside_its_range_is_refused_by_name()
    {
        ArgumentException fault =
            Assert.Throws<ArgumentException>(() => new TokenStreamSource(0, Short with { FireRate = 1.5 }));
        Assert.Equal("TokenStreamSource: FireRate must be between 0 and 1, but is 1.5. Change it.", fault.Message);
        Assert.Throws<ArgumentException>(() => new TokenStreamSource(0, Short with { SegmentLength = 0.5 }));
        Assert.Throws<ArgumentException>(() => new TokenStreamSource(0, Short with { DIn = 0 }));
    }

    private static void Near(double expected, double found, double rate, long draws) =>
        Assert.Equal(expected, found, (Errors * Math.Sqrt(rate * (1 - rate) / draws)) + 1e-12);
}
