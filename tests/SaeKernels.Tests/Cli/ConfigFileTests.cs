using System.Text.Json.Nodes;

namespace SaeKernels.Tests.Cli;

public sealed class ConfigFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    public ConfigFileTests()
    {
        CliData.Write(this.folder);
    }

    [Fact]
    public void Options_come_from_the_file_and_the_command_line_wins()
    {
        Configure("""
            {
              "data": ["acts.safetensors"], "out": "run", "device": "cpu",
              "latents": 24, "k": 3, "batch": 16, "tokens": 99999999, "lr": 2e-3, "json": true, "allow-short": false
            }
            """);

        SaeResult result = SaeProcess.Run(
            this.folder, "train", "--config", "run.config.json", "--k", "5", "--steps", "10").AssertDone();

        _ = JsonNode.Parse(result.Output);
        JsonNode plan = JsonNode.Parse(File.ReadAllText(this.folder.PathOf("run/run.json")))!["plan"]!;
        Assert.Equal(24, plan["latents"]!.GetValue<int>());
        Assert.Equal(5, plan["k"]!.GetValue<int>());
        Assert.Equal(16, plan["batch"]!.GetValue<int>());
        Assert.Equal(10, plan["steps"]!.GetValue<long>());
        Assert.Equal(2e-3, plan["learning_rate"]!.GetValue<double>());
    }

    [Fact]
    public void Unknown_keys_are_named()
    {
        Configure("""{"latents": 24, "latent": 3, "kk": 4}""");

        SaeProcess.Run(this.folder, "train", "--config", "run.config.json")
            .AssertFault(2, "run.config.json", "latent, kk are not");
    }

    [Theory]
    [InlineData("""{"latents": "many"}""", "--latents: must be a whole number")]
    [InlineData("""{"latents": {"a": 1}}""", "latents must be a text, a number")]
    [InlineData("""{"latents": 1, "latents": 2}""", "cannot be read")]
    [InlineData("[1]", "must be a JSON object, but is Array")]
    [InlineData("{", "cannot be read")]
    public void A_faulty_file_is_a_fault_of_the_configuration(string text, string message)
    {
        Configure(text);

        SaeProcess.Run(this.folder, "train", "--config", "run.config.json").AssertFault(2, "run.config.json", message);
    }

    [Fact]
    public void A_missing_file_is_named() =>
        SaeProcess.Run(this.folder, "train", "--config", "no.json").AssertFault(3, "no.json", "does not exist");

    public void Dispose() => this.folder.Dispose();

    private void Configure(string text) => File.WriteAllText(this.folder.PathOf("run.config.json"), text);
}
