using System.Text.Json.Nodes;
using SaeKernels.Training;

namespace SaeKernels.Tests.Cli;

public sealed class PresetsCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Recipes_are_listed_with_their_sources_for_people_and_for_scripts()
    {
        string text = SaeProcess.Run(this.folder, "presets").AssertDone().Output;
        string printed = SaeProcess.Run(this.folder, "presets", "--json").AssertDone().Output;
        JsonArray json = JsonNode.Parse(printed)!["presets"]!.AsArray();

        Assert.Equal(TrainingPresets.All.Count, json.Count);
        foreach ((TrainingPreset preset, JsonNode? row) in TrainingPresets.All.Zip(json))
        {
            Assert.Contains(preset.Name, text, StringComparison.Ordinal);
            Assert.Contains(preset.Source, text, StringComparison.Ordinal);
            Assert.Equal(preset.Name, row!["name"]!.GetValue<string>());
            Assert.Equal(preset.Source, row["source"]!.GetValue<string>());
        }
    }

    [Fact]
    public void A_recipe_is_trained_and_options_beside_it_win()
    {
        string data = CliData.Write(this.folder);

        SaeResult result = SaeProcess.Run(
            this.folder,
            "train",
            "--preset",
            "dictionary-learning-jumprelu",
            "--data",
            data,
            "--out",
            "run",
            "--latents",
            "16",
            "--k",
            "3",
            "--steps",
            "6",
            "--batch",
            "32").AssertDone();

        Assert.Contains(
            "plan: architecture jumprelu, d_in 8, latents 16, k 0", result.Error, StringComparison.Ordinal);
        Assert.Contains("target_l0 3", result.Error, StringComparison.Ordinal);
        Assert.Contains("learning_rate 7E-05", result.Error, StringComparison.Ordinal);
        Assert.Contains("beta1 0,", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_optimiser_whose_steps_have_a_length_of_their_own_drops_the_clip_of_a_recipe()
    {
        string data = CliData.Write(this.folder);

        SaeResult result = SaeProcess.Run(
            this.folder,
            CliData.QuickRun(data, "run", "--preset", "saelens-6-topk", "--optimizer", "muon")).AssertDone();

        Assert.Contains("max_gradient_norm Infinity", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_recipe_is_refused_with_those_there_are()
    {
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, "train", "--preset", "topk", "--data", data, "--out", "run")
            .AssertFault(2, "--preset must be one of openai-2024", "is 'topk'");
    }

    public void Dispose() => this.folder.Dispose();
}
