using SaeKernels.Cpu;
using SaeKernels.Metrics;
using SaeKernels.Report;

namespace SaeKernels.Browser.Tests;

/// <summary>Data without tokens: pictures, words, and vectors of which only the number is known.</summary>
public sealed class RowKindTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>
{
    private const int Rows = 40;
    private const int Width = 4;

    [SkippableFact]
    public async Task Pictures_are_shown_pixel_by_pixel()
    {
        await using OpenPage page = await OpenAsync(RowTexts.Images(), new PictureSet(2, 3, 3, Pixels));
        await page.Page.WaitForSelectorAsync("[data-panel=top] canvas[data-drawn]");
        const string Read = """
            () => {
              const canvas = document.querySelector('[data-panel=top] canvas[data-drawn]');
              const pixels = canvas.getContext('2d').getImageData(0, 0, 2, 3).data;
              return [Number(canvas.closest('li').dataset.row), ...pixels];
            }
            """;

        int[] shown = await page.Page.EvaluateAsync<int[]>(Read);

        byte[] pixels = Pixels(shown[0]);
        Assert.Equal(
            Enumerable.Range(0, 6).SelectMany(i =>
                (int[])[pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2], 255]),
            shown[1..]);
        Assert.Equal(Rows, await CountInTextAsync(page, ".document .token"));
    }

    [SkippableFact]
    public async Task Words_stand_alone_with_their_activation()
    {
        string[] words = [.. Enumerable.Range(0, Rows).Select(row => $"word-{row}")];
        await using OpenPage page = await OpenAsync(RowTexts.Words(words), pictures: null);
        double row = (await page.NumbersAsync("[data-panel=top] .word", "data-row"))[0];

        Assert.Equal($"word-{row}", await page.TextAsync("[data-panel=top] .word"));
        Assert.Equal(0, await page.CountAsync("[data-panel=tokens], [data-panel=runs], [data-panel=positions]"));
        Assert.Equal(Rows, await CountInTextAsync(page, ".document .token"));
    }

    [SkippableFact]
    public async Task Vectors_of_which_nothing_is_known_are_numbered()
    {
        await using OpenPage page = await OpenAsync(RowTexts.Vectors(), pictures: null);
        double row = (await page.NumbersAsync("[data-panel=top] .word", "data-row"))[0];

        Assert.Equal($"{row}", await page.TextAsync("[data-panel=top] .word"));
        Assert.Equal(0, await page.CountAsync("[data-panel=proxies]"));
    }

    private static byte[] Pixels(long row) =>
        [.. Enumerable.Range(0, 18).Select(i => (byte)((13 * row) + (7 * i) + 1))];

    private static async Task<int> CountInTextAsync(OpenPage page, string selector)
    {
        await page.ShowAsync("#/text/0");
        return await page.CountAsync(selector);
    }

    // Latent i is active on the vectors whose number leaves the rest i, the more the larger it is.
    private async Task<OpenPage> OpenAsync(RowTexts rows, PictureSet? pictures)
    {
        using CpuBackend backend = new();
        using TopKSae sae = new(
            backend, new SaeConfig { Architecture = "topk", DIn = Width, DSae = Width, K = 1 });
        float[] identity = [.. Enumerable.Range(0, Width * Width).Select(i => i % (Width + 1) == 0 ? 1f : 0f)];
        sae.Parameters.WEnc.Buffer.Upload(identity);
        sae.Parameters.WDec.Buffer.Upload(identity);
        FeatureReport report = FeatureReport.Build(new ReportInput
        {
            Sae = sae,
            Data = new VectorSource { Count = Rows, DIn = Width, Read = Read },
            Rows = rows,
            Title = "rows",
            Pictures = pictures,
        });
        string path = Path.Combine(Path.GetDirectoryName(fixture.PagePath)!, $"{rows.Kind}.html");
        report.WritePage(path);
        _ = report.WritePictures(Path.ChangeExtension(path, null), PictureFormat.Svg, FeatureSelection.All);
        return await fixture.OpenAsync("#/feature/1", new Uri(path).AbsoluteUri);
    }

    private static void Read(long first, Span<float> to)
    {
        for (int i = 0; i < to.Length; i++)
        {
            long row = first + (i / Width);
            to[i] = i % Width == row % Width ? 1 + (row / (float)Rows) : 0;
        }
    }
}
