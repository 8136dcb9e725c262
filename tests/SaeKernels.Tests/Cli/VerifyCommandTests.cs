using System.Text.Json.Nodes;

namespace SaeKernels.Tests.Cli;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Every_kernel_of_the_processor_is_within_its_bound()
    {
        SaeResult result = SaeProcess.Run(this.folder, "verify", "--device", "cpu", "--scale", "small", "--json")
            .AssertDone();

        JsonNode printed = JsonNode.Parse(result.Output)!;
        Assert.True(printed["passed"]!.GetValue<bool>());
        Assert.Equal("small", printed["scale"]!.GetValue<string>());
        Assert.Contains(printed["checks"]!.AsArray(), check => check!["operation"]!.GetValue<string>() == "EncodeTopK");
    }

    [Fact]
    public void The_table_has_a_line_for_each_check_and_a_summary()
    {
        string[] lines = SaeProcess.Run(this.folder, "verify", "--device", "reference", "--scale", "small").AssertDone()
            .Output.TrimEnd('\n').Split('\n');

        Assert.StartsWith("operation ", lines[0]);
        Assert.Equal($"{lines.Length - 2} checks, 0 over their bound.", lines[^1]);
    }

    public void Dispose() => this.folder.Dispose();
}
