using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace SaeKernels.Browser.Tests;

public sealed partial class NavigationTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const string Rows = ".list-row";

    [SkippableFact]
    public async Task Search_finds_numbers_words_labels_and_expressions()
    {
        await using OpenPage page = await fixture.OpenAsync("#/run");
        ILocator search = page.Page.Locator("#feature-search");

        await search.FillAsync("#12");
        Assert.Equal("#12", await page.TextAsync(".row-id"));
        Assert.Equal(1, await page.CountAsync(Rows));

        await search.FillAsync("<i>label");
        Assert.Equal("#5", await page.TextAsync(".row-id"));

        await search.FillAsync("/word(1|2)\\b/");
        int found = await page.CountAsync(Rows);
        Assert.InRange(found, 1, 47);

        await search.FillAsync("/(/");
        Assert.Equal("This is no regular expression.", await page.TextAsync(".list-count"));
        Assert.Equal(0, await page.CountAsync(Rows));
    }

    [SkippableFact]
    public async Task The_list_sorts_by_every_figure_and_filters()
    {
        await using OpenPage page = await fixture.OpenAsync("#/run");
        string[] figures = await page.Page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('#feature-sort option')].map(option => option.value)");
        Assert.Contains("skew_active", figures);
        foreach (string figure in figures)
        {
            await page.Page.Locator("#feature-sort").SelectOptionAsync(figure);
            Assert.True(await page.CountAsync(Rows) > 0, figure);
        }

        await page.Page.Locator("#feature-sort").SelectOptionAsync("density");
        double[] falling = await DensitiesAsync(page);
        Assert.Equal(falling.OrderDescending(), falling);
        await page.Page.GetByLabel("Largest first").ClickAsync();
        double[] rising = await DensitiesAsync(page);
        Assert.Equal(rising.Order(), rising);

        await page.Page.GetByLabel("Filter: at least").FillAsync("2");
        Assert.Equal("0 of 48 features", await page.TextAsync(".list-count"));
    }

    [SkippableFact]
    public async Task A_feature_has_an_address_and_the_keys_go_along_the_list()
    {
        await using OpenPage page = await fixture.OpenAsync("#/feature/9");
        Assert.Equal("#9", await page.TextAsync(".big-id"));

        await page.Page.Locator("#feature-sort").SelectOptionAsync("id");
        await page.Page.Locator("main").FocusAsync();
        await page.Page.Keyboard.PressAsync("j");
        await page.Page.WaitForURLAsync("**#/feature/10");
        await page.Page.Keyboard.PressAsync("k");
        await page.Page.WaitForURLAsync("**#/feature/9");

        await page.Page.Keyboard.PressAsync("/");
        Assert.Equal("feature-search", await page.Page.EvaluateAsync<string>("() => document.activeElement.id"));
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("r");
        await page.Page.WaitForURLAsync("**#/run");
        await page.Page.Keyboard.PressAsync("t");
        await page.Page.WaitForURLAsync("**#/text/0");
        await page.Page.Keyboard.PressAsync("?");
        Assert.True(await page.Page.Locator("dialog").IsVisibleAsync());

        await page.Page.Keyboard.PressAsync("Escape");
        await page.ShowAsync("#/feature/9999");
        Assert.Contains("no feature 9999", await page.TextAsync("main"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_text_is_searched_by_expression_and_walked_through_by_arrows()
    {
        await using OpenPage page = await fixture.OpenAsync("#/text/0/10");
        string word = fixture.Planted.Vocabulary[fixture.Planted.TokenOf(10)].Trim();
        await page.Page.Locator("#text-search").FillAsync("word1\\b");
        await page.Page.WaitForSelectorAsync(".hit-list li");
        Assert.Contains("word1", await page.TextAsync(".hit-list .hit"), StringComparison.Ordinal);

        Assert.NotEmpty(word);
        await page.Page.Locator(".document .token.is-focus").FocusAsync();
        await page.Page.Keyboard.PressAsync("ArrowRight");
        await page.Page.WaitForURLAsync("**#/text/0/11");

        await page.Page.Locator("[data-panel=active] button.neighbour-room").First.ClickAsync();
        Assert.True(await page.CountAsync(".document .token.is-active") > 0);
    }

    [SkippableFact]
    public async Task A_point_of_the_map_opens_its_feature()
    {
        await using OpenPage page = await fixture.OpenAsync("#/run");
        ILocator map = page.Page.Locator("[data-panel=map] .scatter");
        await map.ScrollIntoViewIfNeededAsync();
        LocatorBoundingBoxResult box = (await map.BoundingBoxAsync())!;
        bool isOver = false;
        for (float x = 0.05f; x < 1 && !isOver; x += 0.02f)
        {
            for (float y = 0.05f; y < 1 && !isOver; y += 0.05f)
            {
                await page.Page.Mouse.MoveAsync(box.X + (x * box.Width), box.Y + (y * box.Height));
                isOver = await map.EvaluateAsync<bool>("element => element.classList.contains('is-over')");
            }
        }

        Assert.True(isOver, "no place on the map is over a point");
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.UpAsync();
        await Assertions.Expect(page.Page).ToHaveURLAsync(FeatureAddress());
    }

    [SkippableFact]
    public async Task Colours_follow_the_system_and_the_button()
    {
        const string Background = "() => getComputedStyle(document.body).backgroundColor";
        await using OpenPage light = await fixture.OpenAsync("#/run");
        await using OpenPage dark = await fixture.OpenAsync("#/run", scheme: ColorScheme.Dark);
        string bright = await light.Page.EvaluateAsync<string>(Background);
        string dim = await dark.Page.EvaluateAsync<string>(Background);
        Assert.NotEqual(bright, dim);

        await light.Page.Locator("button.theme").ClickAsync();
        Assert.Equal(bright, await light.Page.EvaluateAsync<string>(Background));
        await light.Page.Locator("button.theme").ClickAsync();
        Assert.Equal(dim, await light.Page.EvaluateAsync<string>(Background));
    }

    [SkippableFact]
    public async Task On_a_phone_nothing_is_wider_than_the_screen()
    {
        await using OpenPage page = await fixture.OpenAsync("#/run", width: 390);
        foreach (string hash in (string[])["#/run", "#/feature", "#/feature/7", "#/text/0"])
        {
            await page.GoAsync(hash);
            int width = await page.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");
            Assert.True(width <= 390, $"{hash}: {width} pixels wide");
        }
    }

    private static async Task<double[]> DensitiesAsync(OpenPage page) =>
    [
        .. (await page.Page.Locator(".row-value").AllInnerTextsAsync())
            .Select(text => double.Parse(
                text.Replace("Density", string.Empty, StringComparison.Ordinal).Split('%')[0].Trim(),
                System.Globalization.CultureInfo.InvariantCulture)),
    ];

    [GeneratedRegex("#/feature/[0-9]+$")]
    private static partial Regex FeatureAddress();
}
