using System.Globalization;

namespace SaeKernels.Browser.Tests;

/// <summary>
/// How long a page takes to open and how even it scrolls: run by <c>.ci/long/browser</c>, which names the page.
/// </summary>
public sealed class FrameMeasurement(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    // A second after it opened, a wheel's notch or two in every frame, for some seconds; times are those of the
    // browser's own frames.
    private const string Scroll = """
        async selector => {
          const scroller = document.querySelector(selector);
          const next = () => new Promise(done => requestAnimationFrame(done));
          const times = [];
          await new Promise(done => setTimeout(done, 1000));
          let last = await next();
          for (let i = 0; i < 300; i++) {
            const before = scroller.scrollTop;
            scroller.scrollTop += 170;
            if (scroller.scrollTop === before) {
              scroller.scrollTop = 0;
            }
            const now = await next();
            times.push(now - last);
            last = now;
          }
          return times;
        }
        """;

    [SkippableTheory]
    [InlineData("list", "#/run", ".list-scroller")]
    [InlineData("run", "#/run", "main")]
    [InlineData("feature", "#/feature", "main")]
    [InlineData("text", "#/text/0", "main")]
    public async Task Opening_and_frames_are_written_down(string view, string hash, string scroller)
    {
        string? path = Environment.GetEnvironmentVariable("SAE_BROWSER_PAGE");
        string? results = Environment.GetEnvironmentVariable("SAE_BROWSER_FRAMES");
        Skip.If(path is null || results is null, "A measurement, not a test: .ci/long/browser runs it.");
        await using OpenPage page = await fixture.OpenAsync(hash, new Uri(Path.GetFullPath(path)).AbsoluteUri);
        double opened = await page.Page.EvaluateAsync<double>("() => performance.now()");
        double[] frames = [.. (await page.Page.EvaluateAsync<double[]>(Scroll, scroller)).Order()];

        await File.AppendAllTextAsync(results, string.Create(
            CultureInfo.InvariantCulture,
            $"{view},{opened / 1000:F2},{frames.Length},{frames[frames.Length / 2]:F1},"
            + $"{frames[frames.Length * 99 / 100]:F1},{frames[^1]:F1}\n"));
    }
}
