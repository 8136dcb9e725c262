using System.Globalization;
using System.Text.Json.Nodes;
using CsvHelper;

namespace SaeKernels.Tests.Cli;

public sealed class ContextsCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    public ContextsCommandTests()
    {
        SaeProcess.Run(this.folder, "synth", "tokens", "--samples", "3000", "--out", "tokens.safetensors").AssertDone();
        SaeProcess.Run(this.folder, CliData.QuickRun("tokens.safetensors", "run")).AssertDone();
    }

    [Fact]
    public void Scripts_are_the_labels_of_the_data_and_distributions_add_up()
    {
        SaeResult result = Contexts(
            "--vocab", "tokens.vocab.json", "--labels", "tokens.safetensors", "--out", "contexts.csv",
            "--distributions", "distributions.json", "--top", "2", "--bins", "10", "--json");

        JsonNode summary = JsonNode.Parse(result.AssertDone().Output)!;
        Assert.Equal(3000, (int)summary["tokens"]!);
        Assert.Contains("no token of the data is in the script greek", result.Error, StringComparison.Ordinal);
        List<IDictionary<string, object>> rows = ReadCsv("contexts.csv");
        // base64, hex, dna, arabic and hebrew; five labels; 16 latents.
        Assert.Equal(10 * 16, rows.Count);
        Assert.Equal(Figures("context", "arabic"), Figures("label", "arabic"));
        Assert.NotEqual(Figures("label", "arabic"), Figures("label", "hebrew"));
        JsonNode arabic = JsonNode.Parse(File.ReadAllText(this.folder.PathOf("distributions.json")))!["labels"]!
            .AsArray().First(one => (string)one!["label"]! == "arabic")!;
        JsonNode feature = arabic["features"]![0]!;
        double counted = feature["counts"]!.AsArray().Sum(bin => bin!.AsArray().Sum(count => (double)count!));
        string latent = ((int)feature["latent"]!).ToString(CultureInfo.InvariantCulture);
        IDictionary<string, object> row = rows.First(one => one["latent"].Equals(latent));
        Assert.Equal(Number(row, "active_tokens"), counted);

        string[] Figures(string kind, string label) =>
        [
            .. rows.Where(one => one["kind"].Equals(kind) && one["label"].Equals(label))
                .Select(one => string.Join(' ', one.Values.Skip(1))),
        ];
    }

    [Fact]
    public void Labels_of_text_and_contexts_of_ones_own_are_taken()
    {
        File.WriteAllLines(
            this.folder.PathOf("labels.txt"),
            Enumerable.Range(0, 3000).Select(i => i % 2 == 0 ? "even" : string.Empty));
        File.WriteAllText(this.folder.PathOf("unigrams.txt"), "0 5\n1 7\n");
        string output = Contexts(
            "--vocab", "tokens.vocab.json", "--context", "vowels=chars:aeiou", "first=unigrams:unigrams.txt",
            "--labels", "labels.txt", "--out", "own.csv").AssertDone().Output;

        Assert.Contains("vowels", output, StringComparison.Ordinal);
        List<IDictionary<string, object>> rows = ReadCsv("own.csv");
        Assert.Equal(["vowels", "first", "even"], rows.Select(row => (string)row["label"]).Distinct());
        Assert.Equal(0.5, Number(rows[^1], "label_share"));
    }

    [Fact]
    public void Faults_are_told_before_any_work()
    {
        Contexts("--out", "c.csv").AssertFault(2, "--vocab, --context, --labels");
        Contexts("--labels", "tokens.safetensors").AssertFault(2, "--out");
        Contexts("--context", "base64", "--out", "c.csv").AssertFault(2, "--vocab");
        Contexts("--vocab", "tokens.vocab.json", "--context", "klingon", "--out", "c.csv").AssertFault(2, "klingon");
        Contexts("--vocab", "tokens.vocab.json", "--out", "c.csv", "--distributions", "tokens.vocab.json")
            .AssertFault(2, "tokens.vocab.json: must not be a file that is read");
        Contexts("--labels", "none.txt", "--out", "c.csv").AssertFault(3, "none.txt");
        File.WriteAllText(this.folder.PathOf("short.txt"), "a\nb\n");
        Contexts("--labels", "short.txt", "--out", "c.csv").AssertFault(3, "3000", "holds 2");
        Contexts("--context", "x=unigrams:short.txt", "--out", "c.csv").AssertFault(3, "line 1");
        Assert.False(File.Exists(this.folder.PathOf("c.csv")));
    }

    public void Dispose() => this.folder.Dispose();

    private SaeResult Contexts(params IEnumerable<string> more) => SaeProcess.Run(
        this.folder, ["contexts", "--sae", "run", "--data", "tokens.safetensors", "--device", "cpu", .. more]);

    private List<IDictionary<string, object>> ReadCsv(string name)
    {
        using CsvReader reader = new(new StreamReader(this.folder.PathOf(name)), CultureInfo.InvariantCulture);
        return [.. reader.GetRecords<dynamic>().Cast<IDictionary<string, object>>()];
    }

    private static double Number(IDictionary<string, object> row, string name) =>
        double.Parse((string)row[name], CultureInfo.InvariantCulture);
}
