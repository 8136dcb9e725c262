using System.Text.Json.Nodes;

namespace SaeKernels.Tests.Cli;

public sealed class ToyCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void Two_sparse_features_share_a_dimension_as_a_pair()
    {
        JsonNode figures = JsonNode.Parse(SaeProcess.Run(
            this.folder,
            "toy", "--features", "2", "--hidden", "1", "--sparsity", "0.97", "--starts", "3", "--steps", "1000",
            "--json")
            .AssertDone().Output)!;

        Assert.All(figures["dimensionalities"]!.AsArray(), share => Assert.Equal(0.5, (double)share!, 0.02));
        Assert.Equal(0.5, (double)figures["dimensions_per_feature"]!, 0.1);
    }

    [Fact]
    public void Figures_are_printed_and_faults_are_told()
    {
        string output = SaeProcess.Run(this.folder, "toy", "--features", "40", "--steps", "2", "--starts", "1")
            .AssertDone().Output;

        Assert.Contains("dimensions per feature", output, StringComparison.Ordinal);
        Assert.Contains("and 8 more", output, StringComparison.Ordinal);
        SaeProcess.Run(this.folder, "toy", "--starts", "0").AssertFault(2, "--starts");
        SaeProcess.Run(this.folder, "toy", "--sparsity", "2").AssertFault(2, "sparsity");
        SaeProcess.Run(this.folder, "toy", "--hidden", "0").AssertFault(2, "--hidden");
    }

    public void Dispose() => this.folder.Dispose();
}
