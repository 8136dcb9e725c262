using System.Globalization;
using System.Text.Json.Nodes;
using CsvHelper;
using SaeKernels.Files;

namespace SaeKernels.Tests.Cli;

public sealed class FeaturesCommandTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string data;

    public FeaturesCommandTests()
    {
        this.data = CliData.TrainQuickRun(this.folder);
    }

    [Fact]
    public void The_table_has_a_row_a_latent_under_documented_names()
    {
        SaeResult result = Features("--out", "features.csv").AssertDone();

        Assert.Contains("features.csv: 16 latents", result.Output, StringComparison.Ordinal);
        List<IDictionary<string, object>> rows = ReadCsv("features.csv");
        Assert.Equal(Enumerable.Range(0, 16).Select(latent => $"{latent}"), rows.Select(row => row["latent"]));
        Assert.All(
            rows,
            row => Assert.Equal(
                Number(row, "active_tokens") / CliData.Vectors, Number(row, "density")));
        Assert.Equal(1, rows.Sum(row => Number(row, "description_length_share")), 1e-12);
        Assert.Equal(1, rows.Sum(row => Number(row, "expected_value_share")), 1e-12);
        Assert.All(rows, row => Assert.Equal("NaN", row["run_length_mean"]));
        Assert.False(File.Exists(this.folder.PathOf("features.safetensors")));
    }

    [Fact]
    public void Tensors_hold_the_same_numbers()
    {
        Features("--out", "table.csv", "--safetensors").AssertDone();
        List<IDictionary<string, object>> rows = ReadCsv("table.csv");
        using SafetensorsFile file = SafetensorsFile.Open(this.folder.PathOf("table.safetensors"));

        Assert.Equal(rows[0].Keys.Order(), file.Tensors.Keys.Order());
        float[] density = new float[16];
        file.ReadSingles(file.Tensors["density"], 0, density);
        Assert.Equal(rows.Select(row => (float)Number(row, "density")), density);
        long[] active = new long[16];
        file.ReadInt64s(file.Tensors["active_tokens"], 0, active);
        Assert.Equal(rows.Select(row => (long)Number(row, "active_tokens")), active);
        Assert.Equal(TensorType.F64, file.Tensors["mean"].Type);
    }

    [Fact]
    public void Rows_come_in_the_order_that_is_asked_for()
    {
        Features("--out", "order.csv", "--order", "density").AssertDone();
        double[] densities = [.. ReadCsv("order.csv").Select(row => Number(row, "density"))];

        Assert.Equal(densities.OrderDescending(), densities);
        Assert.NotEqual(densities[0], densities[^1]);
    }

    [Fact]
    public void The_name_may_ask_for_tensors_alone()
    {
        Features("--out", "only.safetensors").AssertDone();

        Assert.True(File.Exists(this.folder.PathOf("only.safetensors")));
        Assert.False(File.Exists(this.folder.PathOf("only.csv")));
    }

    [Fact]
    public void Thresholds_are_chosen_recorded_and_printed_and_all_counts_add_up()
    {
        SaeResult text = Features(
            "--out", "dense.csv", "--safetensors", "--density-thresholds", "0.05,0.3", "--dense-above", "0.2")
            .AssertDone();
        List<IDictionary<string, object>> rows = ReadCsv("dense.csv");
        JsonNode json = JsonNode.Parse(Features(
            "--out", "dense.csv", "--density-thresholds", "0.05,0.3", "--dense-above", "0.2", "--json")
            .AssertDone().Output)!["density"]!;
        JsonArray above = json["above"]!.AsArray();

        Assert.Equal(16, json["classes"]!.AsObject().Sum(pair => (int)pair.Value!));
        Assert.Equal(0.2, (double)json["dense_above"]!);
        Assert.Equal([0.05, 0.3], above.Select(one => (double)one!["density"]!));
        Assert.Equal(
            above.Select(one => rows.Count(row => Number(row, "density") > (double)one!["density"]!)),
            above.Select(one => (int)one!["latents"]!));
        Assert.Contains("dense (above 20 %)", text.Output, StringComparison.Ordinal);
        Assert.Contains($"{above[1]!["latents"]} above 30 %", text.Output, StringComparison.Ordinal);
        Assert.All(
            rows,
            row => Assert.Equal(
                Number(row, "density") > 0.3 ? 0.3 : Number(row, "density") > 0.05 ? 0.05 : 0,
                Number(row, "density_above")));
        using SafetensorsFile file = SafetensorsFile.Open(this.folder.PathOf("dense.safetensors"));
        Assert.Equal("0.05, 0.3", file.Metadata["density_thresholds"]);
        Assert.Equal("0.2", file.Metadata["dense_above"]);
    }

    [Fact]
    public void A_path_of_models_says_what_dense_latents_become()
    {
        File.WriteAllText(this.folder.PathOf("grid.json"), """{ "l1": [0.01, 0.05, 0.2] }""");
        SaeProcess.Run(
            this.folder,
            "train", "--data", this.data, "--out", "path", "--device", "cpu", "--latents", "12", "--arch", "relu",
            "--grid", "grid.json", "--batch", "64", "--steps", "200", "--lr", "5e-3", "--holdout", "0").AssertDone();
        // One of them twice, which is no second model.
        string[] models = ["--path", "path/l1-0.2", "path/l1-0.01", "path/l1-0.05", "./path/l1-0.05/"];
        SaeResult text = Path("--safetensors", "--path-loss", "0.3");
        List<IDictionary<string, object>> rows = ReadCsv("path.csv");
        JsonNode json = JsonNode.Parse(Path("--json", "--path-loss", "0.3").Output)!;
        JsonArray found = json["path"]!["models"]!.AsArray();

        // The sparsest model comes last, and the one that is judged is no other model.
        Assert.Equal(
            ["path/l1-0.01", "path/l1-0.05", "path/l1-0.2"], found.Select(one => (string)one!["path"]!));
        Assert.Equal((double)found[0]!["fvu"]! + 0.3 >= (double)found[1]!["fvu"]!, (bool)found[1]!["as_good"]!);
        string[] dense = [.. rows.Where(row => Number(row, "density") > 0.1).Select(row => $"{row["path_class"]}")];
        Assert.NotEmpty(dense);
        Assert.All(
            json["path"]!["classes"]!.AsObject(),
            pair => Assert.Equal(dense.Count(one => one == pair.Key), (int)pair.Value!));
        Assert.Equal(dense.Length, json["path"]!["classes"]!.AsObject().Sum(pair => (int)pair.Value!));
        Assert.Contains($"path: {dense.Length} dense latents are", text.Output, StringComparison.Ordinal);
        using SafetensorsFile file = SafetensorsFile.Open(this.folder.PathOf("path.safetensors"));
        Assert.Contains("7 lost", file.Metadata["path_class"], StringComparison.Ordinal);
        SaeResult denser = SaeProcess.Run(
            this.folder, ["features", "--sae", "path/l1-0.2", "--data", this.data, "--out", "f.csv", .. models]);
        denser.AssertFault(2, "--path", "L0 is below");
        Assert.Contains("path/l1-0.01 is left out", denser.Error, StringComparison.Ordinal);

        SaeResult Path(params IEnumerable<string> more) => SaeProcess.Run(
            this.folder,
            ["features", "--sae", "path/l1-0.01", "--data", this.data, "--out", "path.csv", .. models, .. more])
            .AssertDone();
    }

    [Fact]
    public void Lags_add_what_is_active_after_and_before_each_latent()
    {
        SaeProcess.Run(this.folder, "synth", "tokens", "--samples", "1500", "--out", "tokens.safetensors").AssertDone();
        SaeProcess.Run(this.folder, CliData.QuickRun("tokens.safetensors", "text")).AssertDone();
        SaeResult text = Lags("all.csv", "--lags", "4");
        JsonNode json = JsonNode.Parse(Lags(
            "some.csv", "--lags", "4", "--lags-of", "3,5", "--lag-pairs", "pairs.csv", "--json").Output)!["lags"]!;
        List<IDictionary<string, object>> all = ReadCsv("all.csv");
        List<IDictionary<string, object>> some = ReadCsv("some.csv");
        string[] columns =
            ["leads_latent", "leads_lag", "leads_correlation", "follows_latent", "follows_lag", "follows_correlation"];

        Assert.Contains("within 4 tokens; the strongest pair is", text.Output, StringComparison.Ordinal);
        Assert.Equal(columns, all[0].Keys.TakeLast(6));
        IDictionary<string, object>[] leading = [.. all.Where(row => (string)row["leads_latent"] != "-1")];
        Assert.NotEmpty(leading);
        Assert.All(leading, row => Assert.InRange(Number(row, "leads_lag"), 1, 4));
        Assert.All(leading, row => Assert.InRange(Number(row, "leads_correlation"), 1e-9, 1));
        // What a latent leads by its largest correlation is followed at least as closely.
        Assert.All(leading, row => Assert.True(
            Number(all[(int)Number(row, "leads_latent")], "follows_correlation") >= Number(row, "leads_correlation")));
        Assert.All(columns, column => Assert.Equal(all[3][column], some[3][column]));
        Assert.Equal("-1", some[4]["leads_latent"]);
        Assert.Equal(some.Count(row => (string)row["leads_latent"] != "-1"), (int)json["leading"]!);
        List<IDictionary<string, object>> pairs = ReadCsv("pairs.csv");
        Assert.Equal(2 * 2 * 9, pairs.Count);
        Assert.Equal(Correlations("3", "5"), Correlations("5", "3").Reverse());
        Assert.Equal(1, Number(pairs.First(row => (string)row["lag"] == "0"), "correlation"), 12);
        Features("--out", "f.csv", "--lags", "4", "--lag-pairs", "p.csv").AssertFault(2, "--lags-of");
        Features("--out", "f.csv", "--lags", "4").AssertFault(3, "doc_ids");
        Features("--out", "f.csv", "--lags", "257").AssertFault(2, "--lags");
        Features("--out", "f.csv", "--lags-of", "3").AssertFault(2, "--lags");

        object[] Correlations(string latent, string other) =>
        [
            .. pairs.Where(row => row["latent"].Equals(latent) && row["other"].Equals(other))
                .Select(row => row["correlation"]),
        ];

        SaeResult Lags(string table, params IEnumerable<string> more) => SaeProcess.Run(
            this.folder,
            ["features", "--sae", "text", "--data", "tokens.safetensors", "--device", "cpu", "--out", table, .. more])
            .AssertDone();
    }

    [Fact]
    public void Faults_are_told_before_any_work()
    {
        Features().AssertFault(2, "--out", "features.csv");
        Features("--out", "features.txt").AssertFault(2, "--out", "features.txt");
        Features("--out", "f.csv", "--density-thresholds", "0.1,0.01")
            .AssertFault(2, "--density-thresholds", "0.1, 0.01");
        Features("--out", "f.csv", "--path", "run", "--path-loss", "2").AssertFault(2, "--path-loss");
        Features("--out", "f.csv", "--path-loss", "0.1").AssertFault(2, "--path-loss: must come with --path");
        Features("--out", this.data).AssertFault(2, "must not be a file that is read", this.data);
        Features("--out", Path.ChangeExtension(this.data, ".csv"), "--safetensors").AssertFault(2, this.data);
        Features("--out", "f.csv", "--lags", "2", "--lags-of", "1", "--lag-pairs", "f.csv")
            .AssertFault(2, "--out, --lag-pairs: must be two files");
        Features("--out", "f.csv", "--dense-above", "1").AssertFault(2, "--dense-above");
        Features("--out", "nowhere/features.csv").AssertFault(3, "nowhere");
        SaeProcess.Run(this.folder, "features", "--data", this.data, "--out", "f.csv").AssertFault(2, "--sae");
        SaeProcess.Run(this.folder, "features", "--sae", "run", "--out", "f.csv").AssertFault(2, "--data");
        SaeProcess.Run(this.folder, "features", "--sae", "none", "--data", this.data, "--out", "f.csv")
            .AssertFault(3, "none");
    }

    [Fact]
    public void Data_of_another_width_is_refused()
    {
        CliData.Write(this.folder, "wide.npy", dIn: 11);

        SaeProcess.Run(
            this.folder, "features", "--sae", "run", "--data", "wide.npy", "--out", "f.csv", "--device", "cpu")
            .AssertFault(3, "DIn = 8", "11");
        Assert.False(File.Exists(this.folder.PathOf("f.csv")));
    }

    public void Dispose() => this.folder.Dispose();

    private SaeResult Features(params IEnumerable<string> more) => SaeProcess.Run(
        this.folder, ["features", "--sae", "run", "--data", this.data, "--device", "cpu", .. more]);

    private List<IDictionary<string, object>> ReadCsv(string name)
    {
        using CsvReader reader = new(
            new StreamReader(this.folder.PathOf(name)), CultureInfo.InvariantCulture);
        return [.. reader.GetRecords<dynamic>().Cast<IDictionary<string, object>>()];
    }

    private static double Number(IDictionary<string, object> row, string name) =>
        double.Parse((string)row[name], CultureInfo.InvariantCulture);
}
