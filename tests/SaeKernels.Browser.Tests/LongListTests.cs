namespace SaeKernels.Browser.Tests;

public sealed class LongListTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [SkippableFact]
    public async Task A_list_of_4096_features_keeps_few_rows_in_the_page()
    {
        using PlantedReport large = new(latents: 4096, rows: 1000);
        string path = Path.Combine(Path.GetDirectoryName(fixture.PagePath)!, "large.html");
        large.Report.WritePage(path);
        await using OpenPage page = await fixture.OpenAsync("#/run", new Uri(path).AbsoluteUri);
        Assert.Equal("4,096 of 4,096 features", await page.TextAsync(".list-count"));

        // Half a million pixels down in steps, as a wheel does; every frame the rows in sight must be there.
        const string Scroll = """
            async () => {
              const scroller = document.querySelector('.list-scroller');
              let most = 0;
              for (let top = 0; top < scroller.scrollHeight; top += 12000) {
                scroller.scrollTop = top;
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                most = Math.max(most, document.querySelectorAll('.list-row').length);
                const box = scroller.getBoundingClientRect();
                const middle = document.elementFromPoint(box.left + 100, box.top + box.height / 2);
                if (!middle.closest('.list-row')) {
                  return -1;
                }
              }
              return most;
            }
            """;

        Assert.InRange(await page.Page.EvaluateAsync<int>(Scroll), 10, 60);
    }
}
