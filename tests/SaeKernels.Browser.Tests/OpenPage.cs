using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace SaeKernels.Browser.Tests;

/// <summary>A page and all that went wrong in it: whoever closes it finds that nothing did.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    private readonly string address;
    private readonly ConcurrentQueue<string> faults = new();
    private readonly ConcurrentQueue<string> requests = new();

    internal OpenPage(IPage page, string address)
    {
        this.Page = page;
        this.address = address;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                this.faults.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => this.faults.Enqueue($"error: {error}");
        page.Dialog += (_, dialog) => this.faults.Enqueue($"dialog: {dialog.Message}");
        page.Request += (_, request) => this.requests.Enqueue(request.Url);
    }

    public IPage Page { get; }

    public async Task GoAsync(string hash)
    {
        await this.Page.GotoAsync(this.address + hash);
        await this.Page.WaitForSelectorAsync("html[data-ready]");
        await WaitForViewAsync();
    }

    /// <summary>Goes to another view within the page.</summary>
    public async Task ShowAsync(string hash)
    {
        await this.Page.EvaluateAsync("hash => { location.hash = hash; }", hash);
        await this.Page.WaitForFunctionAsync("hash => document.querySelector('main').dataset.ready === hash", hash);
        await WaitForViewAsync();
    }

    public async Task<string> TextAsync(string selector) =>
        await this.Page.Locator(selector).First.InnerTextAsync();

    public async Task<int> CountAsync(string selector) => await this.Page.Locator(selector).CountAsync();

    /// <summary>The numbers that an attribute of all marks holds, in their order.</summary>
    public async Task<double[]> NumbersAsync(string selector, string attribute) =>
        await this.Page.EvaluateAsync<double[]>(
            "([marks, name]) => [...document.querySelectorAll(marks)].map(mark => Number(mark.getAttribute(name)))",
            new[] { selector, attribute });

    /// <summary>Forgets faults and requests that a test caused on purpose.</summary>
    public void Forgive()
    {
        this.faults.Clear();
        this.requests.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        Assert.True(this.faults.IsEmpty, string.Join("\n", this.faults));
        string origin = new Uri(this.address).GetLeftPart(UriPartial.Authority);
        Assert.All(this.requests, request => Assert.True(
            request.StartsWith("data:", StringComparison.Ordinal)
                || request.StartsWith(this.address, StringComparison.Ordinal)
                || (origin.Length > "file://".Length && request.StartsWith(origin, StringComparison.Ordinal)),
            request));
        await this.Page.Context.DisposeAsync();
    }

    // Charts are drawn when their width is known, in the next frame.
    private async Task WaitForViewAsync()
    {
        await this.Page.WaitForSelectorAsync("main .view", new() { State = WaitForSelectorState.Attached });
        await this.Page.EvaluateAsync(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
    }
}
