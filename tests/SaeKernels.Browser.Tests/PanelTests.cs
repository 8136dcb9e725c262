using System.Text.Json;

namespace SaeKernels.Browser.Tests;

/// <summary>The numbers on the page are those of report.json, and those are what the model's activations say.</summary>
public sealed class PanelTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const int Feature = 7;

    [SkippableTheory]
    [InlineData("#/run", "density", ".mark")]
    [InlineData("#/run", "activity", "[data-points]:not([data-points='0'])")]
    [InlineData("#/run", "encoder", "[data-points]:not([data-points='0'])")]
    [InlineData("#/run", "map", "[data-points]:not([data-points='0'])")]
    [InlineData("#/run", "curves", "path.line")]
    [InlineData("#/run", "sweep", "path.line")]
    [InlineData("#/run", "sweep-maps", ".heat")]
    [InlineData("#/run", "dense", "li")]
    [InlineData("#/run", "silent", "p, li")]
    [InlineData("#/run", "about", "dd")]
    [InlineData("#/feature/7", "top", ".token.is-active")]
    [InlineData("#/feature/7", "histogram", ".mark")]
    [InlineData("#/feature/7", "intervals", ".token.is-active")]
    [InlineData("#/feature/7", "deciles", ".token.is-active")]
    [InlineData("#/feature/7", "cdf", "path.line")]
    [InlineData("#/feature/7", "tokens", "tbody tr")]
    [InlineData("#/feature/7", "neighbours", ".mark")]
    [InlineData("#/feature/7", "coactive", ".mark")]
    [InlineData("#/feature/7", "pair", "[data-points]:not([data-points='0'])")]
    [InlineData("#/feature/7", "decoder", ".mark")]
    [InlineData("#/feature/7", "inputs", ".mark")]
    [InlineData("#/feature/7", "logits", ".mark")]
    [InlineData("#/feature/7", "proxies", ".mark")]
    [InlineData("#/feature/7", "runs", ".mark")]
    [InlineData("#/feature/7", "positions", "path.line")]
    [InlineData("#/text/0", "document", ".token")]
    [InlineData("#/text/0", "active", ".mark")]
    public async Task Every_panel_has_marks(string hash, string panel, string mark)
    {
        await using OpenPage page = await fixture.OpenAsync(hash);
        await page.Page.Locator($"[data-panel='{panel}']").ScrollIntoViewIfNeededAsync();
        await page.Page.WaitForFunctionAsync(
            "selector => document.querySelector(selector) !== null", $"[data-panel='{panel}'] {mark}");
    }

    [SkippableFact]
    public async Task The_histogram_counts_what_the_model_activates()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        float[] values = ValuesOf(Feature);
        double max = values.Max();
        double[] expected = new double[50];
        foreach (float value in values)
        {
            expected[Math.Min(49, (int)(value * 50.0 / max))]++;
        }

        double[] shown = await page.NumbersAsync("[data-panel=histogram] .mark", "data-count");

        Assert.Equal(expected, shown);
        Assert.Equal(expected, Detail(Feature).GetProperty("histogram").GetProperty("counts").Deserialize<double[]>());
    }

    [SkippableFact]
    public async Task The_strongest_examples_are_the_largest_activations_at_their_distance()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        List<(int Row, float Value)> expected = [];
        foreach ((int row, float value) in Entries(Feature).OrderByDescending(one => one.Value).ThenBy(one => one.Row))
        {
            bool isNear = expected.Any(other => other.Row / PlantedReport.DocumentLength
                == row / PlantedReport.DocumentLength && Math.Abs(other.Row - row) <= 8);
            if (!isNear && expected.Count < 20)
            {
                expected.Add((row, value));
            }
        }

        double[] rows = await page.NumbersAsync("[data-panel=top] .example", "data-row");
        double[] values = await page.NumbersAsync("[data-panel=top] .token.is-focus", "data-value");

        Assert.Equal(expected.Select(one => (double)one.Row), rows);
        Assert.Equal(expected.Select(one => one.Value), values.Select(value => (float)value));
    }

    [SkippableFact]
    public async Task Interval_counts_and_the_exact_value_under_the_pointer_are_those_of_the_activations()
    {
        await using OpenPage page = await fixture.OpenAsync($"#/feature/{Feature}");
        float[] values = ValuesOf(Feature);
        JsonElement[] intervals = [.. Detail(Feature).GetProperty("intervals").EnumerateArray()];
        long[] counts = [.. intervals.Select(interval => interval.GetProperty("count").GetInt64())];

        Assert.Equal(11, counts.Length);
        Assert.Equal(values.Length, counts.Sum());
        string[] shown = [.. (await page.Page.Locator("[data-panel=intervals] .interval-count").AllInnerTextsAsync())
            .Select(text => text.Split(' ')[0])];
        Assert.Equal(counts.Select(count => count.ToString("N0")), shown);

        await page.Page.Locator("[data-panel=top] .token.is-focus").First.HoverAsync();
        string tip = await page.TextAsync(".tooltip");
        Assert.EndsWith($"activation {values.Max():R}", tip, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_text_lists_the_active_features_of_a_token_by_activation_and_by_quantile()
    {
        const int Row = 63;
        await using OpenPage page = await fixture.OpenAsync($"#/text/1/{Row}");
        (int Latent, float Value)[] active =
            [.. fixture.Planted.Activations()[Row].OrderByDescending(one => one.Value)];

        double[] features = await page.NumbersAsync("[data-panel=active] li", "data-feature");
        Assert.Equal(active.Select(one => (double)one.Latent), features);

        await page.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "by quantile" }).ClickAsync();
        double Quantile((int Latent, float Value) one) =>
            1 - ((double)ValuesOf(one.Latent).Count(value => value > one.Value) / ValuesOf(one.Latent).Length);
        Assert.Equal(
            active.OrderByDescending(Quantile).ThenBy(one => one.Latent).Select(one => (double)one.Latent),
            await page.NumbersAsync("[data-panel=active] li", "data-feature"));
    }

    [SkippableFact]
    public async Task The_page_holds_the_numbers_of_the_json()
    {
        await using OpenPage page = await fixture.OpenAsync();
        using JsonDocument json = JsonDocument.Parse(await File.ReadAllBytesAsync(fixture.JsonPath));
        const string Inflate = """
            async name => {
              const binary = atob(document.getElementById('part-' + name).textContent);
              const bytes = Uint8Array.from(binary, symbol => symbol.charCodeAt(0));
              const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
              return new Response(stream).text();
            }
            """;

        Assert.Equal(
            json.RootElement.GetProperty("index").GetRawText(),
            await page.Page.EvaluateAsync<string>(Inflate, "index"));
        Assert.Equal(
            json.RootElement.GetProperty("documents")[3].GetRawText(),
            await page.Page.EvaluateAsync<string>(Inflate, "document-3"));
        string shard = await page.Page.EvaluateAsync<string>(Inflate, "features-0");
        Assert.Equal(Detail(Feature).GetRawText(), JsonDocument.Parse(shard).RootElement[Feature].GetRawText());
    }

    [SkippableFact]
    public async Task The_maps_of_a_sweep_have_their_numbers_and_are_hatched_where_there_is_none()
    {
        await using OpenPage page = await fixture.OpenAsync("#/run");
        await page.Page.Locator("[data-panel=sweep-maps]").ScrollIntoViewIfNeededAsync();
        double[] shown = await page.NumbersAsync("[data-panel=sweep-maps] .heat", "data-value");

        Assert.Equal([0.125, 0.25, 1.5, 0.1, 0.2, 0.3, 0.75, 0.5, 0.0625], shown);
        Assert.Equal(3, await page.Page.Locator("[data-panel=sweep-maps] .heat-none[data-tip]").CountAsync());
        Assert.Equal(
            "fvu at 64 latents and λ 0.2: 0.2; 2 did not converge",
            await page.Page.Locator("[data-panel=sweep-maps] .heat").Nth(4).GetAttributeAsync("data-tip"));
    }

    private IEnumerable<(int Row, float Value)> Entries(int feature) =>
        fixture.Planted.Activations().SelectMany((active, row) =>
            active.Where(one => one.Latent == feature).Select(one => (row, one.Value)));

    private float[] ValuesOf(int feature) => [.. Entries(feature).Select(one => one.Value)];

    private JsonElement Detail(int feature) =>
        JsonDocument.Parse(File.ReadAllBytes(fixture.JsonPath)).RootElement.GetProperty("features")[feature];
}
