using System.Buffers.Binary;
using System.Text.Json;
using System.Xml.Linq;
using SaeKernels.Report;

namespace SaeKernels.Browser.Tests;

/// <summary>Pictures for papers hold the numbers of the JSON, and texts in them do nothing.</summary>
public sealed class PictureTests(BrowserFixture fixture) : IClassFixture<BrowserFixture>, IDisposable
{
    private const int Feature = 7;
    private readonly string folder = Directory.CreateTempSubdirectory("sae-pictures-").FullName;

    [Fact]
    public void The_marks_of_a_picture_are_the_numbers_of_the_page()
    {
        IReadOnlyList<string> written = Write(PictureFormat.Svg, FeatureSelection.Parse($"ids:{Feature}"));
        Assert.Equal([Path.Combine(this.folder, "x.run.svg"), Path.Combine(this.folder, "x.feature-7.svg")], written);

        fixture.Planted.Report.WriteJson(Path.Combine(this.folder, "x.json"));
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(this.folder, "x.json")));
        JsonElement detail = json.RootElement.GetProperty("features")[Feature];
        double[] tips = [.. TipsOf(written[1]).Where(tip => !tip.Contains(' ')).Select(double.Parse)];
        double[] counts = detail.GetProperty("histogram").GetProperty("counts").Deserialize<double[]>()!;
        string marks = string.Join(' ', tips);
        Assert.Contains(string.Join(' ', counts.Where(count => count > 0)), marks, StringComparison.Ordinal);
        Assert.Contains(
            string.Join(' ', detail.GetProperty("decoder_neighbours").EnumerateArray().Take(6)
                .Select(one => one.GetProperty("value").GetDouble())),
            marks,
            StringComparison.Ordinal);

        double[] density = json.RootElement.GetProperty("index").GetProperty("density").GetProperty("histogram")
            .GetProperty("counts").Deserialize<double[]>()!;
        Assert.StartsWith(
            string.Join(' ', density.Where(count => count > 0)),
            string.Join(' ', TipsOf(written[0])),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_texts_are_text_in_a_picture()
    {
        IReadOnlyList<string> written = Write(PictureFormat.Svg, FeatureSelection.All);
        string[] allowed = ["svg", "rect", "circle", "polyline", "text", "title"];

        Assert.Equal(49, written.Count);
        Assert.All(written, path => Assert.All(
            XDocument.Load(path).Descendants(), element => Assert.Contains(element.Name.LocalName, allowed)));
        string texts = string.Concat(written.Select(path => string.Concat(XDocument.Load(path).Descendants()
            .Where(element => element.Name.LocalName == "text").Select(element => element.Value))));
        Assert.Contains("</title><script>window.pwned=4</script>", texts, StringComparison.Ordinal);
        Assert.Contains("‹U+202E›right to left", texts, StringComparison.Ordinal);
    }

    [Fact]
    public void Pixels_are_two_for_one()
    {
        IReadOnlyList<string> written = Write(PictureFormat.Png, features: null);
        byte[] bytes = File.ReadAllBytes(Assert.Single(written));

        Assert.Equal(0x89504E470D0A1A0Aul, BinaryPrimitives.ReadUInt64BigEndian(bytes));
        Assert.Equal(2400, BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(16)));
    }

    [Fact]
    public void A_feature_that_the_model_lacks_is_named()
    {
        ArgumentException fault =
            Assert.Throws<ArgumentException>(() => Write(PictureFormat.Svg, FeatureSelection.Parse("ids:48")));
        Assert.Contains("48", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(this.folder, recursive: true);

    private static IEnumerable<string> TipsOf(string path) => XDocument.Load(path).Descendants()
        .Where(element => element.Name.LocalName == "title").Select(element => element.Value);

    private IReadOnlyList<string> Write(PictureFormat format, FeatureSelection? features) =>
        fixture.Planted.Report.WritePictures(Path.Combine(this.folder, "x."), format, features);
}
