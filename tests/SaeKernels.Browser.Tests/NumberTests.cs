using System.Text.Json;

namespace SaeKernels.Browser.Tests;

/// <summary>Panels against the activations and the weights: what the page shows is computed here once more.</summary>
public sealed class NumberTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const int Feature = 7;

    [SkippableFact]
    public async Task Run_lengths_positions_and_tokens_are_counts()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        bool[] isActive = [.. fixture.Planted.Activations().Select(active => active.Any(one => one.Latent == Feature))];
        double[] runs = new double[12];
        int[] byPosition = new int[PlantedReport.DocumentLength];
        for (int row = 0, run = 0; row < isActive.Length; row++)
        {
            bool isLast = row + 1 == isActive.Length || (row + 1) % PlantedReport.DocumentLength == 0;
            run = isActive[row] ? run + 1 : 0;
            byPosition[row % PlantedReport.DocumentLength] += isActive[row] ? 1 : 0;
            if (run > 0 && (isLast || !isActive[row + 1]))
            {
                runs[Math.Min(12, run) - 1]++;
                run = 0;
            }
        }

        JsonElement positions = Detail().GetProperty("positions");
        int width = positions.GetProperty("width").GetInt32();
        Assert.Equal(byPosition.Chunk(width).Select(part => part.Sum()), Ints(positions.GetProperty("active")));
        Assert.Equal(runs, await page.NumbersAsync("[data-panel=runs] .mark", "data-count"));

        long[] tokens = [.. Enumerable.Range(0, isActive.Length).Select(fixture.Planted.TokenOf)];
        int[] active = [.. tokens.Distinct().Select(token =>
            tokens.Where((one, row) => one == token && isActive[row]).Count()).Where(count => count > 0)];
        JsonElement[] shown = [.. Detail().GetProperty("tokens").EnumerateArray()];
        Assert.All(shown, one => Assert.Contains(one.GetProperty("active").GetInt32(), active));
        Assert.Equal(
            shown.Select(one => one.GetProperty("active").GetInt32().ToString("N0")),
            (await page.Page.Locator("[data-panel=tokens] tbody td:nth-child(2)").AllInnerTextsAsync()).ToArray());
    }

    [SkippableFact]
    public async Task Decoder_weights_are_the_models_and_logits_are_less_their_median()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        float[] direction = fixture.Planted.Decoder[(Feature * PlantedReport.DIn)..((Feature + 1) * PlantedReport.DIn)];
        double[] weights = await page.NumbersAsync("[data-panel=decoder] .mark", "data-value");
        Assert.Equal(direction, weights.Select(weight => (float)weight));

        double[] logits = [.. fixture.Planted.OutputWeights.Chunk(PlantedReport.DIn).Select(row =>
        {
            double sum = 0;
            for (int d = 0; d < row.Length; d++)
            {
                sum += (double)direction[d] * row[d];
            }

            return sum;
        })];
        double[] sorted = [.. logits.Order()];
        double median = (sorted[29] + sorted[30]) / 2;
        double[] shifted = [.. sorted.Select(logit => logit - median)];

        double[] shown = await page.NumbersAsync("[data-panel=logits] .signed-bars .mark", "data-value");
        Assert.Equal(shifted.Reverse().Take(10).Concat(shifted.Take(10)), shown);
    }

    [SkippableFact]
    public async Task Neighbours_are_the_largest_cosines_and_correlations()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        float[][] rows = [.. fixture.Planted.Decoder.Chunk(PlantedReport.DIn)];
        double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum()
            / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(y => (double)y * y));
        int[] others = [.. Enumerable.Range(0, rows.Length).Where(other => other != Feature)];
        double[] cosines = [.. others.Select(other => Cosine(rows[Feature], rows[other])).OrderDescending().Take(8)];
        double[] correlations =
            [.. others.Select(other => Pearson(Values(Feature), Values(other))).OrderDescending().Take(8)];

        // The order of the sums differs: some units of the last of 53 bits.
        Assert.Equal(cosines, await page.NumbersAsync("[data-panel=neighbours] .mark", "data-value"), Near);
        Assert.Equal(
            correlations.Where(value => value > 0),
            await page.NumbersAsync("[data-panel=coactive] .mark", "data-value"),
            Near);
    }

    [SkippableFact]
    public async Task Deciles_and_the_cumulative_distribution_are_ranks()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        float[] falling =
            [.. Values(Feature).Where(value => value > 0).Select(value => (float)value).OrderDescending()];
        JsonElement[] deciles = [.. Detail().GetProperty("deciles").EnumerateArray()];
        int first = 0;
        foreach (JsonElement decile in deciles)
        {
            int count = decile.GetProperty("count").GetInt32();
            Assert.InRange(count, falling.Length / 10, (falling.Length / 10) + 1);
            Assert.Equal(falling[first], decile.GetProperty("high").GetSingle());
            Assert.Equal(falling[first + count - 1], decile.GetProperty("low").GetSingle());
            first += count;
        }

        Assert.Equal(falling.Length, first);
        JsonElement cdf = Detail().GetProperty("cdf");
        double[] values = Values(Feature);
        Assert.Equal(
            cdf.GetProperty("activation").EnumerateArray()
                .Select(at => values.Count(value => (float)value <= at.GetSingle()) / (double)values.Length),
            cdf.GetProperty("share").Deserialize<double[]>());
        Assert.Equal(10, await page.CountAsync("[data-panel=deciles] .interval"));
    }

    private static bool Near(double left, double right) => Math.Abs(left - right) <= 1e-12;

    private static double Pearson(double[] x, double[] y)
    {
        (double meanX, double meanY) = (x.Average(), y.Average());
        double covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        return covariance / Math.Sqrt(x.Sum(a => (a - meanX) * (a - meanX)) * y.Sum(b => (b - meanY) * (b - meanY)));
    }

    private static int[] Ints(JsonElement array) => array.Deserialize<int[]>()!;

    /// <summary>The activation of a feature on every vector.</summary>
    private double[] Values(int feature) => [.. fixture.Planted.Activations()
        .Select(active => (double)active.FirstOrDefault(one => one.Latent == feature).Value)];

    private JsonElement Detail() =>
        JsonDocument.Parse(File.ReadAllBytes(fixture.JsonPath)).RootElement.GetProperty("features")[Feature];
}
