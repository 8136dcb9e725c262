using System.Text.Json.Nodes;

namespace SaeKernels.Tests.Cli;

public sealed class BenchArchCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Architectures_are_compared_on_data_that_is_drawn_as_it_is_needed()
    {
        SaeProcess.Run(
            this.folder, "synth", "synthsaebench", "--features", "60", "--dim", "16", "--roots", "4", "--depth", "1",
            "--orthogonalization-steps", "5", "--samples", "4000", "--out", "data.manifest.json").AssertDone();
        string[] command =
        [
            "bench-arch", "--data", "data.manifest.json", "--arch", "topk,batchtopk", "--latents", "32", "--k", "3",
            "--batch", "64", "--out", "runs", "--device", "cpu", "--json",
        ];
        JsonArray rows = Rows(SaeProcess.Run(this.folder, command));
        Assert.Equal(["topk", "batchtopk"], rows.Select(row => row!["architecture"]!.GetValue<string>()));
        Assert.All(rows, row =>
        {
            Assert.Equal(3, row!["l0"]!.GetValue<double>(), 0.75);
            Assert.InRange(row["f1"]!.GetValue<double>(), double.Epsilon, 1);
            Assert.InRange(row["uniqueness"]!.GetValue<double>(), 1 / 32.0, 1);
        });
        Assert.Equal(3, File.ReadLines(this.folder.PathOf("runs/results.csv")).Count());

        // What is there with other options is not told as the new one.
        SaeProcess.Run(this.folder, [.. command, "--lr", "0.01"]).AssertFault(2, "runs/topk-42: must hold no run");

        // What is there is not trained again, and eval measures the same on all vectors by the manifest.
        Assert.Equal(rows.ToJsonString(), Rows(SaeProcess.Run(this.folder, command)).ToJsonString());
        JsonNode figures = JsonNode.Parse(SaeProcess.Run(
            this.folder, "eval", "--sae", "runs/topk-42", "--data", "data.manifest.json", "--truth",
            "data.manifest.json", "--device", "cpu", "--json").AssertDone().Output)!;
        Assert.InRange(figures["f1"]!.GetValue<double>(), double.Epsilon, 1);
        Assert.InRange(figures["precision"]!.GetValue<double>(), double.Epsilon, 1);
    }

    [Fact]
    public void All_architectures_are_those_that_k_fits()
    {
        SaeProcess.Run(
            this.folder, "synth", "bounce", "--features", "12", "--dim", "8", "--active", "2", "--samples", "100",
            "--out", "data.manifest.json").AssertDone();
        JsonArray rows = Rows(SaeProcess.Run(
            this.folder, "bench-arch", "--data", "data.manifest.json", "--latents", "32", "--k", "3", "--batch", "90",
            "--points", "1", "--out", "runs", "--device", "cpu", "--json"));

        string[] archs = [.. rows.Select(row => row!["architecture"]!.GetValue<string>())];
        Assert.Contains("relu", archs);
        Assert.DoesNotContain("groupmax", archs);
    }

    [Fact]
    public void A_file_with_its_codes_tells_the_same_as_its_manifest()
    {
        SaeProcess.Run(
            this.folder, "synth", "bounce", "--features", "12", "--dim", "8", "--active", "2", "--samples", "500",
            "--out", "data.safetensors").AssertDone();
        SaeProcess.Run(
            this.folder, "train", "--data", "data.safetensors", "--latents", "12", "--k", "2", "--steps", "200",
            "--batch", "64", "--device", "cpu", "--out", "run").AssertDone();
        JsonNode byFile = Eval("data.safetensors");
        JsonNode byManifest = Eval("data.manifest.json");
        foreach (string figure in (string[])["f1", "precision", "recall", "uniqueness", "mcc", "mmcs_recall"])
        {
            Assert.Equal(byFile[figure]!.GetValue<double>(), byManifest[figure]!.GetValue<double>());
        }
    }

    [Fact]
    public void Data_without_true_directions_is_refused_before_it_is_trained_on()
    {
        SaeProcess.Run(
            this.folder, "synth", "gaussian-null", "--dim", "4", "--samples", "100", "--out", "null.manifest.json")
            .AssertDone();

        SaeProcess.Run(
            this.folder, "bench-arch", "--data", "null.manifest.json", "--arch", "topk", "--latents", "8", "--k", "2",
            "--batch", "50", "--out", "runs", "--device", "cpu").AssertFault(3, "null.manifest.json", "dictionary");
        Assert.False(Directory.Exists(this.folder.PathOf("runs/topk-42")));
    }

    [Theory]
    [InlineData("--out", "bench-arch")]
    [InlineData("--arch must be one of", "bench-arch", "--out", "runs", "--arch", "perceptron")]
    [InlineData("must name a manifest", "bench-arch", "--out", "runs", "--data", "x.safetensors")]
    [InlineData("--k must be", "bench-arch", "--out", "runs", "--k", "5000")]
    [InlineData("--batch must be", "bench-arch", "--out", "runs", "--batch", "0")]
    [InlineData("--holdout: must be above 0", "bench-arch", "--out", "runs", "--holdout", "0")]
    [InlineData("--seeds: must be at least 1", "bench-arch", "--out", "runs", "--seeds", "0")]
    public void Faults_are_told(string words, params string[] arguments) =>
        SaeProcess.Run(this.folder, arguments).AssertFault(2, words);

    public void Dispose() => this.folder.Dispose();

    private static JsonArray Rows(SaeResult result) =>
        JsonNode.Parse(result.AssertDone().Output)!["rows"]!.AsArray();

    private JsonNode Eval(string truth) => JsonNode.Parse(SaeProcess.Run(
        this.folder, "eval", "--sae", "run", "--data", "data.safetensors", "--truth", truth, "--device", "cpu",
        "--json").AssertDone().Output)!;
}
