using System.Text.Json.Nodes;

namespace SaeKernels.Tests.Cli;

public sealed class DevicesCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void The_processor_the_simulator_and_what_auto_takes_are_listed()
    {
        JsonNode printed = JsonNode.Parse(SaeProcess.Run(this.folder, "devices", "--json").AssertDone().Output)!;

        List<string> ids = [.. printed["devices"]!.AsArray().Select(device => device!["id"]!.GetValue<string>())];
        Assert.Equal("cpu", ids[0]);
        Assert.Contains("ilgpu-cpu", ids);
        Assert.Contains(printed["auto"]!.GetValue<string>(), ids);
        Assert.True(printed["devices"]![0]!["memory_bytes"]!.GetValue<long>() > 0);
        Assert.True(printed["devices"]![0]!["compute_units"]!.GetValue<int>() > 0);
    }

    [Fact]
    public void The_table_marks_the_device_that_auto_takes()
    {
        string output = SaeProcess.Run(this.folder, "devices").AssertDone().Output;

        Assert.Single(
            output.Split('\n'),
            line => line.StartsWith("* ", StringComparison.Ordinal)
                && !line.Contains("--device auto", StringComparison.Ordinal));
        Assert.Matches(@"(?m)^[ *] cpu ", output);
    }

    public void Dispose() => this.folder.Dispose();
}
