using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The log-likelihood ratios of E8 of the acceptance checks.</summary>
public class ContextScoreTests
{
    private static readonly string[] Pieces = ["A", "TT", "gx", "C", "  ", "TAG", "0", "f", "", "é"];

    [Fact]
    public void One_base64_character_has_the_ratio_of_one_in_64_to_its_frequency()
    {
        UnigramTable unigrams = Unigrams((0, 3), (1, 997));
        ContextScore score = new(TokenContext.Base64(_ => "A", unigrams));

        Assert.Equal(Math.Log(1 / 64.0) - Math.Log(0.003), score.Next(0, 0, 0), 1e-12);
    }

    // The reference's constants: +6.645 and −16.380 nats at P(script) = 0.0013.
    [Fact]
    public void Scripts_have_the_ratios_of_the_reference()
    {
        TokenContext arabic = TokenContext.Script(
            UnicodeScript.Arabic, 0.0013, token => token == 0 ? " سلام" : token == 1 ? "سلام!" : " ");

        Assert.Equal(6.645, new ContextScore(arabic).Next(0, 0, 0), 0.0005);
        Assert.Equal(-16.380, new ContextScore(arabic).Next(1, 0, 0), 0.0005);
        Assert.Equal(-16.380, new ContextScore(arabic).Next(2, 0, 0), 0.0005);
    }

    [Fact]
    public void A_part_of_a_character_counts_as_often_as_it_is_used_in_the_script()
    {
        TokenContext hebrew = TokenContext.Script(
            UnicodeScript.Hebrew, 0.01, _ => "�", new Dictionary<long, double> { [7] = 0.25 });

        Assert.Equal(Math.Log(0.25 / 0.01), hebrew.TermOf(7), 1e-12);
        Assert.Equal(Math.Log(1e-10 / 0.01), hebrew.TermOf(8), 1e-12);
    }

    [Theory]
    [InlineData("base64")]
    [InlineData("hex")]
    [InlineData("dna")]
    [InlineData("own")]
    [InlineData("unigrams")]
    public void The_recursion_is_the_largest_sum_over_all_beginnings(string name)
    {
        UnigramTable unigrams = new();
        for (int token = 0; token < Pieces.Length; token++)
        {
            unigrams.Add(token, 1 + (token * token));
        }

        TokenContext context = name switch
        {
            "base64" => TokenContext.Base64(token => Pieces[token], unigrams),
            "hex" => TokenContext.Hexadecimal(token => Pieces[token], unigrams),
            "dna" => TokenContext.Dna(token => Pieces[token], unigrams),
            "own" => TokenContext.Characters("own", "AT0 ", token => Pieces[token], unigrams),
            _ => TokenContext.Unigrams("own", Unigrams((0, 5), (3, 90), (7, 5)), unigrams),
        };
        RandomSequence random = new(51, RandomPurpose.General);
        ContextScore score = new(context);
        for (int document = 0; document < 1000; document++)
        {
            long[] tokens = [.. Enumerable.Range(0, 1 + (int)random.NextInt64(12)).Select(_ => random.NextInt64(10))];
            for (int end = 0; end < tokens.Length; end++)
            {
                double best = double.NegativeInfinity;
                for (int begin = 0; begin <= end + 1 - context.LeastTokens; begin++)
                {
                    best = Math.Max(best, tokens[begin..(end + 1)].Sum(context.TermOf));
                }

                double found = score.Next(tokens[end], document, null);
                // Sums in another order differ in their last bits.
                Assert.True(
                    best == found || Math.Abs(best - found) <= 1e-12 * Math.Abs(best), $"{best} instead of {found}");
            }
        }
    }

    [Fact]
    public void The_terms_of_a_string_are_its_characters()
    {
        TokenContext hex = TokenContext.Hexadecimal(_ => "f0x", Unigrams((0, 1), (1, 3)));

        Assert.Equal((2 * Math.Log(1 / 16.0)) + Math.Log(1e-10) - Math.Log(0.25), hex.TermOf(0), 1e-12);
    }

    [Fact]
    public void Faulty_contexts_are_refused()
    {
        UnigramTable unigrams = new();

        _ = Assert.Throws<ArgumentException>(() => TokenContext.Characters("none", "", _ => "", unigrams));
        _ = Assert.Throws<ArgumentException>(() => TokenContext.Characters("three", "a", _ => "", unigrams, 3));
        _ = Assert.Throws<ArgumentException>(() => TokenContext.Script(UnicodeScript.Han, 0, _ => ""));
    }

    private static UnigramTable Unigrams(params (long Token, long Count)[] counts)
    {
        UnigramTable table = new();
        foreach ((long token, long count) in counts)
        {
            table.Add(token, count);
        }

        return table;
    }
}
