using System.Text.Json.Nodes;

namespace SaeKernels.Tests.Cli;

public sealed class ArchsCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Json_is_the_registry_in_its_order()
    {
        JsonNode printed = JsonNode.Parse(SaeProcess.Run(this.folder, "archs", "--json").AssertDone().Output)!;

        Assert.Equal(
            SaeArchitectures.All.Select(known => (known.Id, known.Source)),
            printed["architectures"]!.AsArray()
                .Select(row => (row!["id"]!.GetValue<string>(), row["source"]!.GetValue<string>())));
    }

    [Fact]
    public void The_table_has_a_line_for_each_architecture()
    {
        string[] lines = SaeProcess.Run(this.folder, "archs").AssertDone().Output.TrimEnd().Split('\n');

        Assert.Equal(SaeArchitectures.All.Count + 1, lines.Length);
        Assert.All(
            SaeArchitectures.All.Zip(lines.Skip(1)),
            pair => Assert.StartsWith($"{pair.First.Id} ", pair.Second, StringComparison.Ordinal));
    }

    public void Dispose() => this.folder.Dispose();
}
