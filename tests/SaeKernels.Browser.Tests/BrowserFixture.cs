using Microsoft.Playwright;

namespace SaeKernels.Browser.Tests;

/// <summary>One Chromium, and one report on disk as page, JSON and folder, for all tests of a class.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private static readonly string[] Places =
    [
        Environment.GetEnvironmentVariable("SAE_CHROMIUM") ?? string.Empty,
        "/usr/bin/chromium",
        "/usr/bin/chromium-browser",
        "/usr/bin/google-chrome",
    ];

    private readonly string folder = Directory.CreateTempSubdirectory("sae-browser-").FullName;
    private readonly string? chromium = Array.Find(Places, File.Exists);
    private IPlaywright? playwright;
    private IBrowser? browser;

    internal PlantedReport Planted { get; } = new(latents: 48, rows: 2000);

    public string PagePath => Path.Combine(this.folder, "report.html");

    public string JsonPath => Path.Combine(this.folder, "report.json");

    public string FolderPath => Path.Combine(this.folder, "report");

    public async Task InitializeAsync()
    {
        if (this.chromium is null)
        {
            return;
        }

        this.Planted.Report.WritePage(this.PagePath);
        this.Planted.Report.WriteJson(this.JsonPath);
        this.Planted.Report.WriteFolder(this.FolderPath);
        this.playwright = await Playwright.CreateAsync();
        // Containers have no user namespaces for Chromium's own sandbox; the page is ours.
        this.browser = await this.playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions { ExecutablePath = this.chromium, Args = ["--no-sandbox"] });
    }

    /// <summary>Opens the page in a window of its own; skips the test where there is no Chromium.</summary>
    public async Task<OpenPage> OpenAsync(
        string hash = "", string? address = null, ColorScheme scheme = ColorScheme.Light, int width = 1440)
    {
        Skip.If(this.browser is null, "There is no Chromium on this machine (apt-get install chromium).");
        IBrowserContext context = await this.browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
        });
        OpenPage page = new(await context.NewPageAsync(), address ?? new Uri(this.PagePath).AbsoluteUri);
        await page.GoAsync(hash);
        return page;
    }

    public async Task DisposeAsync()
    {
        if (this.browser is not null)
        {
            await this.browser.DisposeAsync();
        }

        this.playwright?.Dispose();
        this.Planted.Dispose();
        Directory.Delete(this.folder, recursive: true);
    }
}
