using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using SaeKernels.Training;

namespace SaeKernels.Tests.Cli;

public sealed class SweepCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void The_true_size_is_found_and_named_in_JSON()
    {
        Synth();
        string output = Sweep("--latents", "10,12,15", "--json", "--truth", "data.safetensors").AssertDone().Output;
        JsonNode json = JsonNode.Parse(output)!;

        Assert.Equal("bounce", (string?)json["verdict"]);
        Assert.Equal(12, (int?)json["latents"]);
        Assert.Equal([10, 15], json["bracket"]!.AsArray().Select(size => (int)size!));
        Assert.InRange((double)json["margin"]!, 0, 1);
        Assert.InRange(
            (double)json["margin_bits"]!,
            (double)json["margin_bits_interval"]![0]!,
            (double)json["margin_bits_interval"]![1]!);
        Assert.NotEmpty(json["warnings"]!.AsArray());
        Assert.Equal(2 * 3 * 3 * 3, json["cells"]!.AsArray().Count);
        Assert.All(
            json["cells"]!.AsArray().Where(cell => (string?)cell!["data"] == "data" && (int)cell["latents"]! == 12),
            cell => Assert.InRange((double)cell!["mmcs_recall"]!, 0.99, 1.0001));
        Assert.Equal(output, File.ReadAllText(this.folder.PathOf("sweep/result.json")));
        Assert.True(File.Exists(this.folder.PathOf("sweep/plane.svg")));
        AssertMapsAreOf(json["cells"]!.AsArray());
        JsonNode histograms = json["histograms"]!;
        Assert.Equal((100, 2), ((int)histograms["bins"]!, (int)histograms["base"]!));
        Assert.Equal(0, (double)histograms["code_edges"]![0]!);
        Assert.True((double)histograms["code_edges"]![1]! > 0);
        Assert.True((double)histograms["dictionary_edges"]![1]! > 0);
        Assert.Equal((double)histograms["dictionary_edges"]![0]!, -(double)histograms["dictionary_edges"]![1]!);
    }

    [Fact]
    public void The_verdict_is_printed_with_its_margin_and_warnings_and_the_same_command_goes_on()
    {
        Synth();
        string first = Sweep("--latents", "10,12,15").AssertDone().Output;
        SaeResult again = Sweep("--latents", "10,12,15").AssertDone();

        string maps = File.ReadAllText(this.folder.PathOf("sweep/maps.svg"));
        Assert.Contains("mmcs_recall: left out, as it is not known for this data", maps, StringComparison.Ordinal);
        Assert.Contains("verdict:  bounce at 12 (between 10 and 15)", first, StringComparison.Ordinal);
        const string Histograms = @"100 bins each, codes 0 to [\d.]+, dictionary -[\d.]+ to [\d.]+, base 2";
        Assert.Matches($@"(?m)^\({Histograms}\)$", first);
        Assert.Matches($">{Histograms}<", File.ReadAllText(this.folder.PathOf("sweep/plane.svg")));
        Assert.Contains("margin:", first, StringComparison.Ordinal);
        Assert.Contains("bits a vector (", first, StringComparison.Ordinal);
        Assert.Contains("warning:", first, StringComparison.Ordinal);
        Assert.Equal(first, again.Output);
        Sweep("--latents", "10,12,16").AssertFault(2, "other options");
        SaeProcess.Run(
            this.folder, "sweep", "--solver", "mod", "--data", "data.safetensors", "--latents", "10,12", "--l1",
            "0.1,0.2", "--out", "data.safetensors")
            .AssertFault(3, "data.safetensors: must be a folder that can be written");
    }

    [Theory]
    [InlineData("--latents", "--data", "data.safetensors", "--out", "x")]
    [InlineData("--data", "--latents", "2,3", "--out", "x")]
    [InlineData("--out", "--latents", "2,3", "--data", "data.safetensors")]
    [InlineData("--latents", "--latents", "2,x", "--data", "data.safetensors", "--out", "x")]
    [InlineData("--latents", "--latents", "2,2.5", "--data", "data.safetensors", "--out", "x")]
    [InlineData("--seeds", "--latents", "2,3", "--data", "data.safetensors", "--out", "x", "--seeds", "1")]
    [InlineData(
        "--k", "--latents", "2,3", "--data", "data.safetensors", "--out", "x", "--k", "1,2", "--solver", "mod")]
    [InlineData(
        "--lr: belongs to --solver sae", "--latents", "2,3", "--data", "data.safetensors", "--out", "x", "--lr", "1",
        "--solver", "mod")]
    public void Faulty_options_are_usage_errors(string option, params string[] arguments) =>
        SaeProcess.Run(this.folder, ["sweep", .. arguments]).AssertFault(2, option);

    [Fact]
    public void A_folder_that_another_process_sweeps_in_is_left_alone()
    {
        Synth();
        using RunFolderLock other = new(new RunFolder(this.folder.PathOf("sweep")));

        Sweep("--latents", "10,12,15").AssertFault(3, "sweep: must be worked in by one process at a time");
        Assert.False(File.Exists(this.folder.PathOf("sweep/sweep.json")));
    }

    public void Dispose() => this.folder.Dispose();

    /// <summary>What the cells of the drawn maps say is the mean over the repeats of what the result says.</summary>
    private void AssertMapsAreOf(JsonArray cells)
    {
        XDocument picture = XDocument.Load(this.folder.PathOf("sweep/maps.svg"));
        string[] drawn =
        [
            .. picture.Descendants().Where(element => element.Name.LocalName == "rect")
                .SelectMany(box => box.Elements()).Select(title => title.Value),
        ];
        string[] expected =
        [
            .. cells.Where(cell => (string?)cell!["data"] == "data")
                .GroupBy(cell => ((int)cell!["latents"]!, (double)cell["sparsity"]!))
                .SelectMany(place => (string[])
                [
                    Text("mmcs_recall", place.Key, place.Average(cell => (double)cell!["mmcs_recall"]!)),
                    Text("dead_share", place.Key, place.Average(
                        cell => (double)cell!["dead_latents"]! / (int)cell["latents"]!)),
                    Text("fvu", place.Key, place.Average(cell => (double)cell!["fvu"]!)),
                    Text("cosine_to_larger", place.Key, place.Average(cell => (double?)cell!["cosine_to_larger"])),
                ]),
        ];

        Assert.Equal(4 * 3 * 3, drawn.Length);
        Assert.Equal(expected.Order(), drawn.Order());

        static string Text(string name, (int Latents, double Sparsity) place, double? value) => string.Create(
            CultureInfo.InvariantCulture,
            $"{name} at {place.Latents} latents and λ {place.Sparsity}: {value}{(value is null ? "not defined" : "")}");
    }

    private void Synth() => SaeProcess.Run(
        this.folder,
        "synth", "bounce", "--features", "12", "--dim", "8", "--active", "2", "--samples", "1500", "--seed", "5",
        "--out", "data.safetensors").AssertDone();

    private SaeResult Sweep(params string[] options) => SaeProcess.Run(
        this.folder,
        [
            "sweep", "--solver", "mod", "--data", "data.safetensors", "--out", "sweep", "--device", "cpu",
            "--samples", "500", "--l1", "0.05,0.1,0.2", .. options,
        ]);
}
