using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SaeKernels.Tests.Cli;

public sealed class SynthCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData("bounce", "--features", "20", "--dim", "8", "--active", "2", "--bias", "1")]
    [InlineData("sharkey", "--features", "20", "--dim", "8", "--active", "2", "--decay-mode", "exponent-lambda-g")]
    [InlineData("sharkey", "--dim", "8", "--uncorrelated", "--unscaled", "--keep-empty", "--noise", "1")]
    [InlineData("sharkey", "--features", "9", "--dim", "8", "--gram-covariance", "--rows-per-latent", "10")]
    [InlineData("sharkey", "--features", "9", "--dim", "8", "--product-values", "--decay", "0.5")]
    [InlineData("toy", "--features", "8", "--sparsity", "0.5")]
    [InlineData("correlated", "--sets", "4", "--members", "2")]
    [InlineData("anticorrelated", "--sets", "2", "--members", "4")]
    [InlineData(
        "tokens", "--dim", "8", "--document-length", "20", "--segment-length", "4", "--prose-share", "0.5", "--words",
        "9", "--fire-rate", "1", "--false-rate", "0", "--noise", "0.1")]
    [InlineData("hierarchy", "--parents", "4", "--children", "2", "--dim", "8", "--parent-rate", "1")]
    [InlineData("hierarchy", "--dim", "8", "--child-rate", "0")]
    [InlineData(
        "synthsaebench", "--features", "50", "--dim", "8", "--roots", "2", "--depth", "1", "--children", "3",
        "--correlation-scale", "0.2", "--orthogonalization-steps", "1")]
    [InlineData("gaussian-null", "--dim", "8")]
    public void Every_generator_writes_a_file_that_the_other_verbs_read(string generator, params string[] options)
    {
        SaeResult result = SaeProcess.Run(
            this.folder, ["synth", generator, .. options, "--samples", "100", "--out", "data.safetensors"]);

        Assert.Contains("100 rows of 8", result.AssertDone().Output, StringComparison.Ordinal);
        JsonNode info = JsonNode.Parse(
            SaeProcess.Run(this.folder, "info", "data.safetensors", "--json").AssertDone().Output)!;
        Assert.Contains("activations", info.ToJsonString(), StringComparison.Ordinal);
        Assert.True(File.Exists(this.folder.PathOf("data.manifest.json")));
    }

    [Fact]
    public void A_model_is_held_against_the_truth_of_the_same_file()
    {
        SaeProcess.Run(this.folder, "synth", "bounce", "--samples", "2000", "--out", "data.safetensors").AssertDone();
        SaeProcess.Run(
            this.folder,
            "train", "--data", "data.safetensors", "--out", "run", "--latents", "64", "--k", "3", "--steps", "50")
            .AssertDone();
        string output = EvaluateOn("data.safetensors");
        Assert.InRange((double)JsonNode.Parse(output)!["mmcs_recall"]!, 0, 1);

        // E29: the manifest alone, however often, gives the same bytes, save the digits of the one figure that is a
        // clock's.
        File.Delete(this.folder.PathOf("data.safetensors"));
        Assert.Equal(output, EvaluateOn("data.manifest.json"));
        Assert.Equal(output, EvaluateOn("data.manifest.json"));
        Assert.Equal(FeaturesOf("data.manifest.json", "first.csv"), FeaturesOf("data.manifest.json", "second.csv"));

        string EvaluateOn(string data)
        {
            string json = SaeProcess.Run(
                this.folder, "eval", "--sae", "run", "--data", data, "--truth", data, "--json").AssertDone().Output;
            string[] parts = Regex.Split(json, "(?<=\"tokens_per_second\": )[0-9.E+]+");
            Assert.Equal(2, parts.Length);
            return string.Join("0", parts);
        }

        byte[] FeaturesOf(string data, string table)
        {
            SaeProcess.Run(this.folder, "features", "--sae", "run", "--data", data, "--out", table).AssertDone();
            return File.ReadAllBytes(this.folder.PathOf(table));
        }
    }

    [Fact]
    public void The_null_of_a_file_has_its_width()
    {
        SaeProcess.Run(this.folder, "synth", "toy", "--features", "5", "--samples", "50", "--out", "a.safetensors")
            .AssertDone();

        string output = SaeProcess.Run(
            this.folder,
            "synth", "gaussian-null", "--like", "a.safetensors", "--samples", "10", "--out", "b.safetensors")
            .AssertDone().Output;
        Assert.Contains("10 rows of 5, 0 true directions", output, StringComparison.Ordinal);
        SaeProcess.Run(this.folder, "synth", "gaussian-null", "--like", "a.safetensors", "--out", "a.safetensors")
            .AssertFault(2, "a.safetensors: must not be a file that is read");
    }

    [Theory]
    [InlineData(2, "--out", "synth", "bounce")]
    [InlineData(2, "--out: must name a .safetensors or .manifest.json file", "synth", "bounce", "--out", "data.npy")]
    [InlineData(2, "between 1 and 64", "synth", "bounce", "--active", "65", "--out", "a.safetensors")]
    [InlineData(2, "samples must be between 1", "synth", "bounce", "--samples", "0", "--out", "a.safetensors")]
    [InlineData(2, "samples must be between 1", "synth", "bounce", "--samples", "-1", "--out", "a.safetensors")]
    [InlineData(
        2, "samples must be between 1", "synth", "gaussian-null", "--dim", "3", "--samples", "0", "--out",
        "a.safetensors")]
    [InlineData(2, "--dim, --like", "synth", "gaussian-null", "--out", "a.safetensors")]
    [InlineData(3, "no.npy", "synth", "gaussian-null", "--like", "no.npy", "--out", "a.safetensors")]
    [InlineData(2, "--sparsity", "synth", "bounce", "--sparsity", "0.5", "--out", "a.safetensors")]
    [InlineData(2, "bounse", "synth", "bounse", "--out", "a.safetensors")]
    [InlineData(3, "the folder", "synth", "bounce", "--out", "missing/a.safetensors")]
    public void Faults_are_told(int exitCode, string words, params string[] arguments)
    {
        SaeProcess.Run(this.folder, arguments).AssertFault(exitCode, words);
        Assert.Empty(Directory.GetFiles(this.folder.Root));
    }

    public void Dispose() => this.folder.Dispose();
}
