using System.Text.Json;
using Microsoft.Playwright;

namespace SaeKernels.Browser.Tests;

/// <summary>The split by proxy against scores and counts that are written out here once more.</summary>
public sealed class ProxyTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const int Feature = 7;
    private const int Levels = 50;
    private static readonly double[] Edges = [-15, -5, 0, 5, 10];

    [SkippableFact]
    public async Task A_split_by_digits_is_that_of_their_likelihood_ratios()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        await page.Page.GetByLabel("Proxy", new() { Exact = true }).SelectOptionAsync("digits");
        double[] scores = DigitScores();
        (long[][] counts, double[][] mass) = Split(row => Edges.Count(edge => scores[row] >= edge), Edges.Length + 1);

        await AssertChartsAsync(page, "digits", counts, mass);
        JsonElement split = Proxy("digits");
        double[] active = [.. Entries().Select(one => scores[one.Row])];
        Assert.Equal(
            active.Count(score => score > 0) / (double)active.Length, split.GetProperty("specificity")[0].GetDouble());
        Assert.Equal(
            scores.Count(score => score > 0) / (double)scores.Length, split.GetProperty("share").GetDouble());
    }

    [SkippableFact]
    public async Task A_split_by_labels_counts_each_label_and_says_which_one_the_feature_tells()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        await page.Page.GetByLabel("Proxy", new() { Exact = true }).SelectOptionAsync("labels");
        int rows = fixture.Planted.Activations().Length;
        string[] names = [.. Enumerable.Range(0, rows).Select(fixture.Planted.LabelOf).OfType<string>()
            .GroupBy(name => name).OrderByDescending(group => group.Count()).Select(group => group.Key), "other"];
        (long[][] counts, double[][] mass) = Split(
            row => Array.IndexOf(names, fixture.Planted.LabelOf(row) ?? "other"), names.Length);

        await AssertChartsAsync(page, "labels", counts, mass);
        Assert.Equal(names, Proxy("labels").GetProperty("classes").Deserialize<string[]>());
        Assert.Contains("</b>hostile", await page.TextAsync(".label-table"), StringComparison.Ordinal);
        double[] shares = [.. Proxy("labels").GetProperty("labels").EnumerateArray()
            .Select(label => label.GetProperty("density").GetDouble())];
        Assert.Equal(
            names[..^1].Select((name, i) => counts.Sum(level => level[i])
                / (double)Enumerable.Range(0, rows).Count(row => fixture.Planted.LabelOf(row) == name)),
            shares);
    }

    // The distribution, the conditional and the expected value: the marks of the page hold the counts and the sums.
    private async Task AssertChartsAsync(OpenPage page, string name, long[][] counts, double[][] mass)
    {
        JsonElement split = Proxy(name);
        Assert.Equal(counts, split.GetProperty("counts").Deserialize<long[][]>());
        Assert.Equal(mass, split.GetProperty("mass").Deserialize<double[][]>());
        double[] shownCounts = [.. counts.SelectMany(level => level).Where(count => count > 0)];
        double[] shownMass = [.. mass.SelectMany(level => level).Where(sum => sum > 0)];
        ILocator charts = page.Page.Locator("[data-panel=proxies] .chart");
        await charts.Last.ScrollIntoViewIfNeededAsync();
        await page.Page.WaitForFunctionAsync(
            "() => document.querySelectorAll('[data-panel=proxies] figure:last-child .mark').length > 0");
        Assert.Equal(
            shownCounts.Concat(shownCounts).Concat(shownMass),
            await page.NumbersAsync("[data-panel=proxies] .mark", "data-value"));
    }

    private (long[][] Counts, double[][] Mass) Split(Func<int, int> classOf, int classes)
    {
        long[][] counts = [.. Enumerable.Range(0, Levels).Select(_ => new long[classes])];
        double[][] mass = [.. Enumerable.Range(0, Levels).Select(_ => new double[classes])];
        double max = Entries().Max(one => one.Value);
        foreach ((int row, float value) in Entries())
        {
            int level = Math.Min(Levels - 1, (int)((double)value * Levels / max));
            counts[level][classOf(row)]++;
            mass[level][classOf(row)] += value;
        }

        return (counts, mass);
    }

    // The largest score of all strings that end with a token, over all beginnings in its document.
    private double[] DigitScores()
    {
        int rows = fixture.Planted.Activations().Length;
        double[] scores = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            int first = row / PlantedReport.DocumentLength * PlantedReport.DocumentLength;
            double sum = 0;
            scores[row] = double.NegativeInfinity;
            for (int begin = row; begin >= first; begin--)
            {
                sum += TermOf(fixture.Planted.TokenOf(begin), rows);
                scores[row] = Math.Max(scores[row], sum);
            }
        }

        return scores;
    }

    private double TermOf(long token, int rows)
    {
        int count = Enumerable.Range(0, rows).Count(row => fixture.Planted.TokenOf(row) == token);
        string piece = fixture.Planted.Vocabulary[token];
        string bare = piece.Trim(' ');
        return (bare.Length > 0 ? bare : piece).Sum(c => char.IsAsciiDigit(c) ? -Math.Log(10) : Math.Log(1e-10))
            - Math.Log(count / (double)rows);
    }

    private (int Row, float Value)[] Entries() =>
    [
        .. fixture.Planted.Activations().SelectMany((active, row) =>
            active.Where(one => one.Latent == Feature).Select(one => (row, one.Value))),
    ];

    private JsonElement Proxy(string name) => JsonDocument.Parse(File.ReadAllBytes(fixture.JsonPath)).RootElement
        .GetProperty("features")[Feature].GetProperty("proxies").EnumerateArray()
        .Single(proxy => proxy.GetProperty("name").GetString() == name);
}
