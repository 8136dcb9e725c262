using System.Text.Json;

namespace SaeKernels.Tests.Cli;

public sealed class ReportCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void A_page_and_the_same_numbers_as_json_are_written()
    {
        string data = CliData.TrainQuickRun(this.folder);
        string output = SaeProcess.Run(
            this.folder, "report", "--sae", "run", "--data", data, "--out", "r.html", "--device", "cpu",
            "--title", "<b>").AssertDone().Output;

        Assert.StartsWith("r.html: 16 of 16 features", output, StringComparison.Ordinal);
        string page = File.ReadAllText(this.folder.PathOf("r.html"));
        Assert.Contains("<title>&lt;b&gt;</title>", page, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(this.folder.PathOf("r.json")));
        JsonElement index = json.RootElement.GetProperty("index");
        Assert.Equal(16, index.GetProperty("features").GetInt32());
        Assert.Equal(CliData.Vectors, index.GetProperty("vectors").GetInt32());
        Assert.Equal("vectors", index.GetProperty("rows").GetString());
        // The last 3 of 16 latents are active for each vector, or fewer where values are clipped to 0.
        int active = json.RootElement.GetProperty("features").EnumerateArray()
            .Sum(feature => feature.GetProperty("active").GetInt32());
        Assert.InRange(active, CliData.Vectors, 3 * CliData.Vectors);
        Assert.NotEmpty(index.GetProperty("curves").GetProperty("tokens").EnumerateArray());
    }

    [Fact]
    public void Chosen_features_and_words_are_shown_and_a_folder_is_written()
    {
        string data = CliData.TrainQuickRun(this.folder);
        File.WriteAllLines(
            this.folder.PathOf("words.txt"), Enumerable.Range(0, CliData.Vectors).Select(i => $"word {i}"));
        SaeProcess.Run(
            this.folder, "report", "--sae", "run", "--data", data, "--rows", "words.txt", "--features", "ids:3,5",
            "--out", "pages", "--device", "cpu").AssertDone();

        Assert.True(File.Exists(this.folder.PathOf("pages/index.html")));
        Assert.True(File.Exists(this.folder.PathOf("pages/parts/features-0.json.deflate")));
        Assert.False(File.Exists(this.folder.PathOf("pages/parts/features-1.json.deflate")));
    }

    [Fact]
    public void Faults_name_their_option_or_file()
    {
        string data = CliData.TrainQuickRun(this.folder);
        File.WriteAllText(this.folder.PathOf("few.txt"), "one\n");
        string[] command = ["report", "--sae", "run", "--data", data, "--device", "cpu"];

        SaeProcess.Run(this.folder, "report", "--data", data).AssertFault(2, "--sae");
        SaeProcess.Run(this.folder, "report", "--sae", "run").AssertFault(2, "--data");
        SaeProcess.Run(this.folder, [.. command, "--features", "some"]).AssertFault(2, "--features", "top:500");
        SaeProcess.Run(this.folder, [.. command, "--features", "ids:16"]).AssertFault(2, "--features", "16");
        SaeProcess.Run(this.folder, [.. command, "--examples", "-1"]).AssertFault(2, "--examples");
        SaeProcess.Run(this.folder, [.. command, "--rows", "few.txt"]).AssertFault(3, "few.txt", "600");
        SaeProcess.Run(this.folder, [.. command, "--vocab", "few.txt"]).AssertFault(3, "token_ids");
        SaeProcess.Run(this.folder, [.. command, "--labels", "none.json"]).AssertFault(3, "none.json");
        SaeProcess.Run(this.folder, "serve", ".").AssertFault(3, "index.html");
    }

    public void Dispose() => this.folder.Dispose();
}
