using System.Text;
using SaeKernels.Report;

namespace SaeKernels.Browser.Tests;

/// <summary>Nothing that a token or a label says is ever run, and nothing leaves the page.</summary>
public sealed class SafetyTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    [SkippableFact]
    public async Task Hostile_texts_are_shown_and_do_nothing()
    {
        await using OpenPage page = await fixture.OpenAsync("#/run");
        Assert.Equal("</title><script>window.pwned=4</script>", await page.Page.TitleAsync());
        string[] hashes =
            [.. Enumerable.Range(0, 40).Select(i => $"#/text/{i}"), "#/feature/5", "#/feature/7", "#/run"];
        StringBuilder seen = new();
        foreach (string hash in hashes)
        {
            await page.ShowAsync(hash);
            seen.Append(await page.Page.Locator("main").TextContentAsync());
        }

        Assert.True(await page.Page.EvaluateAsync<bool>("() => window.pwned === undefined"));
        Assert.Equal(0, await page.CountAsync("img"));
        string text = seen.ToString();
        Assert.Contains("</script><script>window.pwned=1</script>", text, StringComparison.Ordinal);
        Assert.Contains("<img src=x onerror=", text, StringComparison.Ordinal);
        Assert.Contains("‹U+202E›right to left", text, StringComparison.Ordinal);
        Assert.Contains("␀␇␛[31m", text, StringComparison.Ordinal);
        Assert.Contains("<i>label</i>", text, StringComparison.Ordinal);
        Assert.Contains("<b>planted</b>", text, StringComparison.Ordinal);
        Assert.Contains("⏎", text, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('x', 500), text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task The_policy_stops_scripts_and_requests_that_the_page_did_not_bring()
    {
        await using OpenPage page = await fixture.OpenAsync("#/run");
        const string Attempt = """
            async () => {
              const refused = [];
              document.addEventListener('securitypolicyviolation', event => refused.push(event.effectiveDirective));
              const script = document.createElement('script');
              script.textContent = 'window.pwned = 5';
              document.body.append(script);
              const image = new Image();
              image.src = 'http://127.0.0.1:9/x.png';
              await fetch('http://127.0.0.1:9/').catch(() => 0);
              await new Promise(done => setTimeout(done, 50));
              return refused.concat(String(window.pwned));
            }
            """;

        string[] refused = await page.Page.EvaluateAsync<string[]>(Attempt);
        page.Forgive();

        Assert.Contains("script-src-elem", refused);
        Assert.Contains("img-src", refused);
        Assert.Contains("connect-src", refused);
        Assert.Equal("undefined", refused[^1]);
    }

    [SkippableFact]
    public async Task The_folder_form_reads_its_parts_from_the_server_and_shows_the_same()
    {
        await using OpenPage whole = await fixture.OpenAsync("#/feature/7");
        using ReportServer server = ReportServer.Start(fixture.FolderPath);
        using CancellationTokenSource stop = new();
        Task serving = server.RunAsync(stop.Token);
        await using (OpenPage parts = await fixture.OpenAsync("#/feature/7", server.Address))
        {
            Assert.Equal(await whole.TextAsync("main"), await parts.TextAsync("main"));
            await parts.ShowAsync("#/text/2");
            Assert.True(await parts.CountAsync(".document .token") > 0);
        }

        await stop.CancelAsync();
        await serving;
    }
}
