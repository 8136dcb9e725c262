using System.Xml.Linq;
using SaeKernels.Factorization;

namespace SaeKernels.Tests.Factorization;

public sealed class SweepVerdictTests
{
    private static readonly double[] Errors = [0.01, 0.02, 0.04, 0.08];

    [Fact]
    public void The_least_information_inside_the_grid_is_a_bounce()
    {
        SweepResult result = Decide([8, 12, 16, 24], latents => latents == 12 ? 1 : 1.1);

        Assert.Equal(SweepVerdictKind.Bounce, result.Verdict);
        Assert.Equal(12, result.Latents);
        Assert.Equal((8, 16), result.Bracket);
        Assert.Equal(0.1, result.Margin, 0.01);
        Assert.InRange(result.Margin, result.MarginInterval.Low, result.MarginInterval.High);
        Assert.InRange(result.InformationPValue, 0, 0.005);
        Assert.Equal(1.0, result.AboveData, 0.05);
    }

    [Fact]
    public void The_margin_is_said_in_bits_too()
    {
        SweepResult result = Decide([8, 12, 16, 24], latents => latents == 12 ? 1 : 1.1);

        // A tenth of the information at each level; repeats differ by 0.001, so their geometric mean by 1e-6 from 1.
        double expected = 0.1 * result.Levels.Where(level => level.Owner == 12).Average(level => level.Bits[12]);
        Assert.Equal(expected, result.MarginBits, 2e-6 * expected);
        Assert.InRange(result.MarginBitsInterval.Low, 0.9989 * expected, result.MarginBits);
        Assert.InRange(result.MarginBitsInterval.High, result.MarginBits, 1.0011 * expected);
    }

    [Theory]
    [InlineData(8, null, 12)]
    [InlineData(24, 16, null)]
    public void The_least_information_at_an_end_is_not_bracketed(int least, int? previous, int? next)
    {
        SweepResult result = Decide([8, 12, 16, 24], latents => 1 + (Math.Abs(latents - least) / 50.0));

        Assert.Equal(SweepVerdictKind.NotBracketed, result.Verdict);
        Assert.Null(result.Latents);
        Assert.Equal((previous, next), result.Bracket);
        Assert.Contains(result.Warnings, warning => warning.Contains(next is null ? "larger" : "smaller"));
    }

    [Fact]
    public void Information_like_the_nulls_is_no_bounce()
    {
        SweepResult inside = Decide([8, 12, 16, 24], latents => latents == 12 ? 1 : 1.1, nullFactor: 1);
        SweepResult atAnEnd = Decide([8, 12, 16, 24], latents => latents, nullFactor: 1);

        Assert.Equal(SweepVerdictKind.NoBounce, inside.Verdict);
        Assert.Equal(SweepVerdictKind.NoBounce, atAnEnd.Verdict);
        Assert.Null(inside.Latents);
        Assert.Contains(atAnEnd.Warnings, warning => warning.Contains("not told from normal vectors"));
    }

    [Fact]
    public void A_null_that_reaches_other_errors_only_is_said_to_say_nothing()
    {
        SweepOptions options = Options([8, 12, 16, 24]);
        SweepResult result = SweepVerdict.Decide(
            [
                .. Cells(options, latents => latents == 12 ? 1 : 1.1, 2, 0.5, (_, _) => 0)
                    .Select(cell => cell.Key.IsNull ? cell with { Mse = 0.001 * cell.Mse } : cell),
            ],
            options,
            new InformationEdges(1, 1));

        Assert.Equal(SweepVerdictKind.NoBounce, result.Verdict);
        Assert.Contains(result.Warnings, warning => warning.Contains("reaches none of the errors"));
    }

    [Fact]
    public void Dictionaries_that_agree_more_than_the_nulls_are_structure()
    {
        SweepResult result = Decide([8, 12, 16, 24], latents => latents, nullFactor: 1, agreement: 0.9);

        Assert.Equal(SweepVerdictKind.NotBracketed, result.Verdict);
        Assert.InRange(result.AgreementPValue, 0, 0.005);
    }

    [Fact]
    public void Two_repeats_have_one_agreement_which_is_no_evidence()
    {
        SweepResult result = Decide(
            [8, 12, 16, 24], latents => latents, nullFactor: 1, agreement: 0.9, seeds: 2);

        Assert.Equal(double.NaN, result.AgreementPValue);
        Assert.Equal(SweepVerdictKind.NoBounce, result.Verdict);
    }

    [Fact]
    public void A_margin_within_the_spread_of_the_repeats_is_no_bounce()
    {
        SweepResult result = Decide(
            [8, 12, 16, 24],
            latents => latents == 12 ? 1 : 1.001,
            noise: (seed, latents) => latents == 16 ? (seed - 1) * 0.01 : 0);

        Assert.Equal(SweepVerdictKind.NoBounce, result.Verdict);
        Assert.Contains(result.Warnings, warning => warning.Contains("not told from its neighbours"));
    }

    [Fact]
    public void Without_the_null_the_verdict_says_so() =>
        Assert.Contains(
            Decide([8, 12, 16, 24], latents => latents == 12 ? 1 : 1.1, hasNull: false).Warnings,
            warning => warning.StartsWith("The null was skipped", StringComparison.Ordinal));

    [Fact]
    public void Cells_that_did_not_converge_are_left_out_and_named()
    {
        SweepOptions options = Options([8, 12, 16]);
        List<SweepCell> cells = [.. Cells(options, latents => latents == 12 ? 1 : 1.1, 2, 0.5, (_, _) => 0)];
        // Two cells of a wrong minimum would make 8 look best.
        cells = cells.ConvertAll(cell => cell.Key is { IsNull: false, Latents: 8, Sparsity: <= 2 }
            ? cell with { IsConverged = false, CodeBits = 1 }
            : cell);
        SweepResult result = SweepVerdict.Decide(cells, options, new InformationEdges(1, 1));

        Assert.Equal(12, result.Latents);
        Assert.Contains(result.Warnings, warning => warning.Contains("data-seed0-latents8-1"));
    }

    [Fact]
    public void Sizes_that_share_no_error_are_not_compared()
    {
        SweepOptions options = Options([8, 12]);
        IEnumerable<SweepCell> cells = Cells(options, _ => 1, 2, 0.5, (_, _) => 0)
            .Select(cell => cell.Key.Latents == 8 ? cell with { Mse = cell.Mse * 1000 } : cell);
        SweepResult result = SweepVerdict.Decide([.. cells], options, new InformationEdges(1, 1));

        Assert.Equal(SweepVerdictKind.NoBounce, result.Verdict);
        Assert.Null(result.LeastAt);
        Assert.Contains(result.Warnings, warning => warning.Contains("share no level"));
    }

    [Fact]
    public void Every_verdict_carries_the_counter_evidence() => Assert.Contains(
        Decide([8, 12, 16], _ => 1).Warnings, warning => warning.Contains("interpretability"));

    [Fact]
    public void Between_cells_information_is_linear_in_the_logarithm_of_the_error()
    {
        InformationCurve curve = new(
        [
            Cell(new SweepCellKey(false, 0, 8, 1), 0.01, 400, 0),
            Cell(new SweepCellKey(false, 0, 8, 2), 0.04, 200, 0),
        ]);

        Assert.Equal(300, curve.At(0.02), 1e-9);
        Assert.Equal(400, curve.At(0.01), 1e-9);
        Assert.True(double.IsNaN(curve.At(0.05)));
        Assert.True(double.IsNaN(curve.At(0.005)));
        Assert.Equal(400, curve.AtLeast(0.005), 1e-9);
    }

    [Fact]
    public void Welchs_test_gives_the_closed_form_of_two_degrees_of_freedom()
    {
        // Two values each with the same spread: 2 degrees of freedom, where P(T > t) = 1/2 − t / (2 √(2 + t²)).
        double t = Math.Sqrt(8);

        Assert.Equal(0.5 - (t / (2 * Math.Sqrt(10))), RepeatSpread.WelchPValue([2.5, 3.5], [0.5, 1.5]), 1e-9);
        Assert.Equal(0.5, RepeatSpread.WelchPValue([1, 2], [1, 2]), 1e-12);
        Assert.Equal(0, RepeatSpread.WelchPValue([2, 2], [1, 1]));
    }

    [Fact]
    public void Repeats_that_are_alike_have_no_interval() =>
        Assert.Equal((0.25, 0.25), RepeatSpread.Bootstrap([0.25, 0.25, 0.25]));

    [Fact]
    public void The_picture_has_a_curve_a_size_and_marks_the_least()
    {
        SweepResult result = Decide([8, 12, 16, 24], latents => latents == 12 ? 1 : 1.1);
        string svg = PlaneFigure.Draw(result, 100);
        XElement root = XElement.Parse(svg);

        Assert.Equal(8, root.Elements().Count(element => element.Name.LocalName == "polyline"));
        Assert.Contains("bounce at 12", svg, StringComparison.Ordinal);
        Assert.Contains("12 latents, least", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
    }

    private static SweepResult Decide(
        int[] sizes,
        Func<int, double> information,
        double nullFactor = 2,
        double agreement = 0.5,
        bool hasNull = true,
        Func<int, int, double>? noise = null,
        int seeds = 3)
    {
        SweepOptions options = Options(sizes) with { HasNull = hasNull, Seeds = seeds };
        return SweepVerdict.Decide(
            [.. Cells(options, information, nullFactor, agreement, noise ?? ((_, _) => 0))],
            options,
            new InformationEdges(1, 1));
    }

    private static SweepOptions Options(int[] sizes) => new() { Latents = sizes, Sparsities = [1, 2, 3, 4] };

    private static IEnumerable<SweepCell> Cells(
        SweepOptions options,
        Func<int, double> information,
        double nullFactor,
        double agreement,
        Func<int, int, double> noise) => options.Cells().Select(key =>
        {
            int place = options.Sparsities.Index().First(sparsity => sparsity.Item == key.Sparsity).Index;
            // Repeats that differ a little, so that there is a spread to test against.
            double wobble = 1 + (0.001 * (key.Seed - 1)) + (key.IsNull ? 0 : noise(key.Seed, key.Latents));
            double bits = 1000.0 / (place + 1) * information(key.Latents) * (key.IsNull ? nullFactor : 1) * wobble;
            return Cell(key, Errors[place], bits, (key.IsNull ? 0.5 : agreement) + (0.001 * key.Seed));
        });

    private static SweepCell Cell(SweepCellKey key, double mse, double bits, double agreement) => new(key)
    {
        Mse = mse,
        Fvu = mse,
        L0 = 3,
        Start = "random",
        IsConverged = true,
        CodeBits = bits,
        DictionaryBits = 0,
        Agreement = agreement,
    };
}
