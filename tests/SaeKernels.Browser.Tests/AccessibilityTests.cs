using System.Text.Json;
using Microsoft.Playwright;
using SaeKernels.Testing;

namespace SaeKernels.Browser.Tests;

public sealed class AccessibilityTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const string Axe = "src/SaeKernels.Report/Browser/node_modules/axe-core/axe.min.js";

    [SkippableTheory]
    [InlineData("#/run", ColorScheme.Light)]
    [InlineData("#/run", ColorScheme.Dark)]
    [InlineData("#/feature/7", ColorScheme.Light)]
    [InlineData("#/feature/7", ColorScheme.Dark)]
    [InlineData("#/text/0/10", ColorScheme.Light)]
    [InlineData("#/text/0/10", ColorScheme.Dark)]
    public async Task Axe_finds_no_serious_fault(string hash, ColorScheme scheme)
    {
        string script = Path.Combine(SharedData.RepositoryRoot(), Axe);
        Skip.IfNot(File.Exists(script), $"{Axe} is not there (npm ci in src/SaeKernels.Report/Browser).");
        await using OpenPage page = await fixture.OpenAsync(hash, scheme: scheme);
        await page.Page.EvaluateAsync(await File.ReadAllTextAsync(script));

        string found = await page.Page.EvaluateAsync<string>("""
            async () => JSON.stringify((await axe.run(document)).violations
              .filter(fault => fault.impact === 'serious' || fault.impact === 'critical')
              .map(fault => fault.id + ': ' + fault.nodes.slice(0, 3).map(node => node.html.slice(0, 160) + ' '
                + node.any.map(check => check.message).join(' ')).join(' | ')))
            """);

        Assert.Empty(JsonSerializer.Deserialize<string[]>(found)!);
    }
}
