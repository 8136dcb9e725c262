using System.Globalization;
using System.Text.Json.Nodes;
using CsvHelper;

namespace SaeKernels.Tests.Cli;

public sealed class CompareCommandTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string data;

    public CompareCommandTests()
    {
        this.data = CliData.TrainQuickRun(this.folder);
    }

    [Fact]
    public void A_model_is_itself()
    {
        JsonNode figures = JsonNode.Parse(
            Compare("--sae", "run", "--sae", "run", "--out", "pairs.csv", "--edges", "edges.csv", "--json")
                .AssertDone().Output)!;

        Assert.Equal(CliData.Vectors, (int)figures["tokens"]!);
        Assert.Equal(1, (double)figures["median_correlation"]!, 1e-9);
        Assert.Equal(1, (double)figures["mean_max_cosine"]!, 1e-9);
        Assert.Equal(1, (double)figures["mcc"]!, 1e-6);
        List<IDictionary<string, object>> rows = ReadCsv("pairs.csv");
        Assert.Equal(32, rows.Count);
        Assert.All(rows, row => Assert.Equal(
            Number(row, "density") > 0 ? (string)row["latent"] : "-1", (string)row["partner"]));
        int alive = rows.Count(row => (string)row["model"] == "first" && Number(row, "density") > 0);
        List<IDictionary<string, object>> edges = ReadCsv("edges.csv");
        Assert.Equal(edges.Count, (int)figures["split_edges"]!);
        Assert.Equal(alive, edges.Count(edge => edge["first"].Equals(edge["second"])));
        Assert.All(edges, edge => Assert.InRange(Number(edge, "masked_cosine"), 0.4, 1 + 1e-9));
    }

    [Fact]
    public void Two_seeds_share_less_than_one_seed_with_itself()
    {
        SaeProcess.Run(this.folder, CliData.QuickRun(this.data, "other", "--seed", "7")).AssertDone();
        string output = Compare("--sae", "run", "--sae", "other").AssertDone().Output;

        Assert.Contains("median_correlation ", output, StringComparison.Ordinal);
        Assert.Contains("mean_max_cosine_random ", output, StringComparison.Ordinal);
        Assert.False(File.Exists(this.folder.PathOf("pairs.csv")));
    }

    [Fact]
    public void Faults_are_told_before_any_work()
    {
        Compare("--sae", "run").AssertFault(2, "--sae", "two models");
        Compare("--sae", "run", "--sae", "run", "--out", "pairs.txt").AssertFault(2, "--out", ".csv");
        Compare("--sae", "run", "--sae", "run", "--edges-from", "0").AssertFault(2, "--edges-from", "0.4");
        Compare("--sae", "run", "--sae", "run", "--out", "e.csv", "--edges", "./e.csv").AssertFault(2, "two files");
        Compare("--sae", "run", "--sae", "run", "--edges", "nowhere/e.csv").AssertFault(3, "nowhere");
        Compare("--sae", "run", "--sae", "none").AssertFault(3, "none");
    }

    public void Dispose() => this.folder.Dispose();

    private SaeResult Compare(params IEnumerable<string> more) => SaeProcess.Run(
        this.folder, ["compare", "--data", this.data, "--device", "cpu", .. more]);

    private List<IDictionary<string, object>> ReadCsv(string name)
    {
        using CsvReader reader = new(new StreamReader(this.folder.PathOf(name)), CultureInfo.InvariantCulture);
        return [.. reader.GetRecords<dynamic>().Cast<IDictionary<string, object>>()];
    }

    private static double Number(IDictionary<string, object> row, string name) =>
        double.Parse((string)row[name], CultureInfo.InvariantCulture);
}
