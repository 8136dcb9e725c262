using System.Text.Json.Nodes;
using SaeKernels.Reference;

namespace SaeKernels.Tests.Cli;

public sealed class InfoCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData("acts.safetensors", "activations")]
    [InlineData("acts.npy", "array")]
    public void A_file_of_activations_tells_shape_and_type(string name, string tensor)
    {
        CliData.Write(this.folder, name);

        JsonNode description = Describe(name);

        Assert.Equal("tensors", description["kind"]!.GetValue<string>());
        Assert.Equal("F32 [600, 8]", description["tensors"]![tensor]!.GetValue<string>());
    }

    [Fact]
    public void A_name_in_a_file_cannot_command_the_terminal()
    {
        _ = CliData.WriteMatrix(this.folder, "red.safetensors", "\e[31mred", 2, 2, (_, _) => 1);

        SaeResult result = SaeProcess.Run(this.folder, "info", "red.safetensors").AssertDone();

        Assert.Contains("\uFFFD[31mred", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', result.Output);
    }

    [Fact]
    public void A_folder_of_shards_is_one_matrix()
    {
        _ = Directory.CreateDirectory(this.folder.PathOf("shards"));
        CliData.Write(this.folder, Path.Combine("shards", "a.npy"));
        CliData.Write(this.folder, Path.Combine("shards", "b.safetensors"), vectors: 100);

        JsonNode description = Describe("shards");

        Assert.Equal("shards", description["kind"]!.GetValue<string>());
        Assert.Equal(700, description["vectors"]!.GetValue<long>());
        Assert.Equal(8, description["width"]!.GetValue<int>());
        Assert.Equal("F32 [100, 8]", description["shards"]!["b.safetensors"]!.GetValue<string>());
    }

    [Fact]
    public void A_run_tells_its_provenance_its_last_figures_and_checks_its_weights()
    {
        CliData.TrainQuickRun(this.folder);

        JsonNode description = Describe("run");

        Assert.Equal("run", description["kind"]!.GetValue<string>());
        Assert.Equal("cpu", description["run"]!["device"]!["id"]!.GetValue<string>());
        Assert.Equal(64, description["run"]!["data"]!["hash"]!.GetValue<string>().Length);
        Assert.Equal(20, description["last_metrics"]!["step"]!.GetValue<long>());
        Assert.NotNull(description["held_out"]!["fvu"]);
        Assert.True(description["checks"]!["finite"]!.GetValue<bool>());
        // Each row is divided by its norm in float32.
        Assert.Equal(1, description["checks"]!["decoder_row_norm_min"]!.GetValue<double>(), 6);
        Assert.Equal(1, description["checks"]!["decoder_row_norm_max"]!.GetValue<double>(), 6);
    }

    [Theory]
    [InlineData("topk", "encoder.weight")]
    [InlineData("gated", "gate_bias")]
    public void Models_of_other_libraries_are_described_too(string architecture, string tensor)
    {
        CliData.TrainQuickRun(this.folder, "--arch", architecture);
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        using (Sae sae = SaeLensLayout.Load(this.folder.PathOf("run"), backend))
        {
            Action<string, SaeConfig, SaeParameters, InputScaling> save = architecture == "gated"
                ? DictionaryLearningLayout.Save
                : (path, config, parameters, scaling) => SparsifyLayout.Save(path, config, parameters, scaling);
            save(this.folder.PathOf("model"), sae.Config, sae.Parameters, InputScaling.None);
        }

        JsonNode description = Describe("model");

        Assert.Equal("model", description["kind"]!.GetValue<string>());
        Assert.NotNull(description["model"]);
        Assert.NotNull(description["weights"]![tensor]);
        Assert.True(description["checks"]!["finite"]!.GetValue<bool>());
    }

    [Fact]
    public void A_checkpoint_tells_its_model_and_its_step()
    {
        CliData.TrainQuickRun(this.folder);

        JsonNode description = Describe("run/checkpoints/step-000000000020.safetensors");

        Assert.Equal("checkpoint", description["kind"]!.GetValue<string>());
        Assert.Equal(16, description["model"]!["d_sae"]!.GetValue<int>());
        Assert.Equal("20", description["metadata"]!["step"]!.GetValue<string>());
        Assert.True(description["checks"]!["finite"]!.GetValue<bool>());
    }

    [Fact]
    public void Weights_that_are_not_finite_show()
    {
        CliData.WriteMatrix(this.folder, "x.safetensors", "W_dec", 2, 2, (row, _) => row == 0 ? float.NaN : 1);
        CliData.TrainQuickRun(this.folder);
        File.Move(
            this.folder.PathOf("x.safetensors"), this.folder.PathOf("run/sae_weights.safetensors"), overwrite: true);

        JsonNode checks = Describe("run")["checks"]!;

        Assert.False(checks["finite"]!.GetValue<bool>());
        Assert.Equal("W_dec", checks["not_finite"]![0]!.GetValue<string>());
    }

    [Fact]
    public void People_get_names_and_values()
    {
        CliData.Write(this.folder);

        string output = SaeProcess.Run(this.folder, "info", "acts.safetensors").AssertDone().Output;

        Assert.Matches(@"(?m)^kind +tensors$", output);
        Assert.Matches(@"(?m)^  activations +F32 \[600, 8\]$", output);
    }

    [Fact]
    public void What_is_not_there_or_not_readable_is_a_fault()
    {
        SaeProcess.Run(this.folder, "info", "nothing").AssertFault(3, "nothing", "does not exist");
        _ = this.folder.WriteBytes("broken.safetensors", [1, 2, 3]);
        SaeProcess.Run(this.folder, "info", "broken.safetensors").AssertFault(3, "broken.safetensors");
        SaeProcess.Run(this.folder, "info").AssertFault(2, "info --help");
    }

    public void Dispose() => this.folder.Dispose();

    private JsonNode Describe(string path) =>
        JsonNode.Parse(SaeProcess.Run(this.folder, "info", path, "--json").AssertDone().Output)!;
}
