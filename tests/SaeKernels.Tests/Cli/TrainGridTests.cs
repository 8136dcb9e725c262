using System.Text.Json.Nodes;
using SaeKernels.Training;

namespace SaeKernels.Tests.Cli;

public sealed class TrainGridTests : IDisposable
{
    private const string Grid = """{ "arch": ["topk", "batchtopk"], "seed": [1, 2] }""";
    private readonly TestFolder folder = new();

    [Fact]
    public void A_grid_trains_each_combination_as_on_its_own_and_ends_in_one_table()
    {
        string data = CliData.Write(this.folder);
        File.WriteAllText(this.folder.PathOf("grid.json"), Grid);

        SaeResult result = SaeProcess.Run(
            this.folder, CliData.QuickRun(data, "grid", "--grid", "grid.json")).AssertDone();

        foreach (string name in (string[])["arch-topk_seed-1", "arch-topk_seed-2", "arch-batchtopk_seed-1"])
        {
            Assert.Contains(name, result.Output, StringComparison.Ordinal);
            Assert.True(File.Exists(this.folder.PathOf($"grid/{name}/eval.json")));
        }

        SaeProcess.Run(
            this.folder,
            CliData.QuickRun(data, "alone", "--arch", "batchtopk", "--seed", "2", "--data-seed", "1")).AssertDone();
        Assert.Equal(
            File.ReadAllBytes(this.folder.PathOf("alone/sae_weights.safetensors")),
            File.ReadAllBytes(this.folder.PathOf("grid/arch-batchtopk_seed-2/sae_weights.safetensors")));
        SaeProcess.Run(this.folder, CliData.QuickRun(data, "grid", "--grid", "grid.json"))
            .AssertFault(2, "must not hold a run");
        SaeResult resumed = SaeProcess.Run(
            this.folder, "train", "--resume", "--out", "grid", "--device", "cpu", "--json").AssertDone();
        JsonObject figures = JsonNode.Parse(resumed.Output)!.AsObject();
        Assert.Equal(4, figures.Count);
        Assert.All(figures, run => Assert.True(run.Value!["fvu"]!.GetValue<double>() > 0));
    }

    [Fact]
    public void A_run_that_diverges_is_named_and_is_a_fault_once_the_others_are_done()
    {
        CliData.WriteLarge(this.folder, "large.safetensors");
        File.WriteAllText(this.folder.PathOf("grid.json"), """{ "lr": [1e-3, 999] }""");

        SaeResult result = SaeProcess.Run(
            this.folder, CliData.QuickRun("large.safetensors", "grid", "--grid", "grid.json", "--log-every", "1"));

        result.AssertFault(3, "did not in lr-999");
        Assert.True(File.Exists(this.folder.PathOf("grid/lr-1e-3/eval.json")), result.Output);
    }

    [Fact]
    public void Options_without_a_value_are_on_or_off()
    {
        string data = CliData.Write(this.folder);
        File.WriteAllText(this.folder.PathOf("grid.json"), """{ "tied": [true, false] }""");

        SaeProcess.Run(this.folder, CliData.QuickRun(data, "grid", "--grid", "grid.json")).AssertDone();

        Assert.True(IsTied("tied-true"));
        Assert.False(IsTied("tied-false"));

        bool IsTied(string name) =>
            RunRecord.Read(this.folder.PathOf($"grid/{name}/run.json")).Plan.TiedWeights;
    }

    [Theory]
    [InlineData("{ \"tied\": [\"yes\"] }", "Unrecognized")]
    [InlineData("{ \"unheard\": [1] }", "unheard is not")]
    [InlineData("{ \"out\": [\"a\"] }", "out is not")]
    [InlineData("{ \"lr\": [] }", "must be a list of different values")]
    [InlineData("{ \"lr\": [\"fast\"] }", "must be a number")]
    [InlineData("{ \"k\": [2, 3] }", "which the command line must not give too")]
    [InlineData("{}", "is empty")]
    [InlineData("[1", "cannot be read")]
    [InlineData("{ \"normalize\": [\"none\", \"mean\"] }", "must have the same --normalize")]
    public void A_faulty_grid_says_what_is_wrong(string grid, string message)
    {
        string data = CliData.Write(this.folder);
        File.WriteAllText(this.folder.PathOf("grid.json"), grid);

        SaeProcess.Run(this.folder, CliData.QuickRun(data, "grid", "--grid", "grid.json")).AssertFault(2, message);
    }

    public void Dispose() => this.folder.Dispose();
}
