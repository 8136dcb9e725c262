using System.Text.Json.Nodes;

namespace SaeKernels.Tests.Cli;

public sealed class EvalCommandTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly string data;

    public EvalCommandTests()
    {
        this.data = CliData.TrainQuickRun(this.folder);
    }

    [Fact]
    public void Json_is_one_object_with_the_documented_names()
    {
        JsonObject figures = JsonNode.Parse(Eval("--json").AssertDone().Output)!.AsObject();

        Assert.Equal(CliData.Vectors, figures["tokens"]!.GetValue<long>());
        Assert.Equal(
            ["tokens", "mse", "fvu", "explained_variance", "cosine", "l2_ratio", "relative_reconstruction_bias", "l0",
                "l1", "alive_fraction", "silent_fraction_eval", "density_above_1_percent", "density_above_10_percent",
                "activity_above_1_percent", "activity_above_10_percent", "tokens_per_second", "fvu_sparsify",
                "explained_variance_saelens_log", "explained_variance_saelens_legacy",
                "explained_variance_saelens_legacy_std", "explained_variance_saelens_6_45_0",
                "frac_variance_explained_dictionary_learning", "r2_overcomplete", "mse_saelens_6_45_1", "mse_pytorch",
                "normalized_mse_openai", "l2_loss_dictionary_learning", "l2_ratio_saebench", "shrinkage"],
            figures.Select(figure => figure.Key));
    }

    [Fact]
    public void Information_adds_description_length_and_total_information()
    {
        JsonNode figures = JsonNode.Parse(
            Eval("--information", "--json", "--require", "description_length_bits_per_token>0").AssertDone().Output)!;

        double length = Number("description_length_bits_per_token");
        Assert.Equal(
            length,
            Number("description_length_activity_bits_per_token") + Number("description_length_value_bits_per_token"),
            1e-9);
        Assert.Equal(16 * 8 * 32.0 / CliData.Vectors, Number("dictionary_bits_per_token"), 1e-9);
        Assert.Equal(
            length + Number("dictionary_bits_per_token"),
            Number("description_length_with_dictionary_bits_per_token"),
            1e-9);
        double value = Number("dense_bits_per_token") / 8;
        Assert.Equal(
            Number("l0") * (value + 4), Number("description_length_bound_bits_per_token"), 1e-9);
        Assert.Equal(value + Math.Log2(CliData.Vectors), Number("one_hot_bits_per_token"), 1e-9);
        Assert.Equal(Number("one_hot_bits_per_token") + 256, Number("one_hot_with_dictionary_bits_per_token"), 1e-9);
        Assert.InRange(Number("dense_equal_error_bits_per_token"), 0.1, 8 * Math.Log2(CliData.Vectors));
        Assert.Equal(
            Number("total_information_bits"), Number("code_bits") + Number("dictionary_bits"), 1e-6);
        Assert.Equal(
            Number("total_information_bits") / CliData.Vectors, Number("total_information_bits_per_token"), 1e-9);
        Assert.Equal(100, Number("information_bins"));
        Assert.Equal(2, Number("information_base"));
        Assert.Equal(0, Number("code_lower_edge"));
        Assert.True(Number("code_edge") > 0);
        Assert.True(Number("dictionary_edge") > 0);
        Assert.Equal(-Number("dictionary_edge"), Number("dictionary_lower_edge"));
        Assert.True(Number("description_length_mse_increase") <= 0.05 * Number("mse"));

        double Number(string name) => figures[name]!.GetValue<double>();
    }

    [Fact]
    public void Figures_are_a_line_each()
    {
        string output = Eval().AssertDone().Output;

        Assert.Matches(@"(?m)^fvu +0\.\d+$", output);
        Assert.Matches(@"(?m)^tokens +600$", output);
    }

    [Fact]
    public void A_bar_that_is_cleared_is_exit_0_and_a_missed_one_is_exit_1()
    {
        Eval("--require", "fvu<=1", "--require", "l0 <= 3", "tokens==600").AssertDone();
        SaeResult missed = Eval("--json", "--require", "fvu<=1", "--require", "fvu<0.0001", "--require", "cosine>1");

        missed.AssertFault(1, "sae: missed cosine > 1: cosine is 0.");
        Assert.Contains("sae: missed fvu < 0.0001: fvu is 0.", missed.Error, StringComparison.Ordinal);
        _ = JsonNode.Parse(missed.Output);
    }

    [Theory]
    [InlineData("fvuu<=1", "fvuu", "explained_variance")]
    [InlineData("fvu", "'fvu'", "fvu<=0.2")]
    [InlineData("fvu=1", "'fvu=1'", "==")]
    [InlineData("fvu<=low", "'fvu<=low'", "number")]
    [InlineData("mcc>=0.9", "mcc", "--truth")]
    [InlineData("dead_fraction<=0.1", "dead_fraction", "silent_fraction_eval")]
    [InlineData("code_bits<=9", "code_bits", "--information")]
    public void A_bar_that_cannot_be_checked_is_a_usage_error(string bar, string found, string remedy) =>
        Eval("--require", bar).AssertFault(2, found, remedy);

    [Fact]
    public void Truth_adds_the_figures_of_the_dictionary()
    {
        CliData.WriteMatrix(
            this.folder, "truth.safetensors", "dictionary", 5, CliData.DIn, (row, column) => row == column ? 1 : 0);

        JsonNode figures = JsonNode.Parse(
            Eval("--truth", "truth.safetensors", "--json", "--require", "mcc>0").AssertDone().Output)!;

        Assert.InRange(figures["mmcs_recall"]!.GetValue<double>(), 0, 1);
        Assert.InRange(figures["mmcs_precision"]!.GetValue<double>(), -1, 1);
        Assert.InRange(figures["mcc"]!.GetValue<double>(), 0, 1);
        Assert.InRange(figures["mmcs_harmonic"]!.GetValue<double>(), 0, 1);
        Assert.InRange(figures["mmcs_recall_random"]!.GetValue<double>(), 0, 1);
    }

    [Fact]
    public void Truth_of_another_width_or_name_is_a_fault()
    {
        CliData.WriteMatrix(this.folder, "wide.safetensors", "dictionary", 5, CliData.DIn + 1, (_, _) => 1);

        Eval("--truth", "wide.safetensors").AssertFault(3, "wide.safetensors", "[directions, 8]", "[5, 9]");
        Eval("--truth", this.data).AssertFault(3, this.data, "'dictionary'", "activations");
    }

    [Fact]
    public void Data_of_another_width_is_refused()
    {
        CliData.Write(this.folder, "wide.npy", dIn: 11);

        SaeProcess.Run(this.folder, "eval", "--sae", "run", "--data", "wide.npy", "--device", "cpu")
            .AssertFault(3, "DIn = 8", "11");
    }

    [Fact]
    public void A_run_without_a_saved_model_is_taken_from_its_newest_checkpoint()
    {
        string whole = Eval("--json").AssertDone().Output;
        File.Delete(this.folder.PathOf("run/cfg.json"));
        File.Delete(this.folder.PathOf("run/sae_weights.safetensors"));

        SaeResult result = Eval("--json").AssertDone();

        Assert.Contains("step-000000000020.safetensors", result.Error, StringComparison.Ordinal);
        Assert.Equal(
            JsonNode.Parse(whole)!["fvu"]!.GetValue<double>(),
                JsonNode.Parse(result.Output)!["fvu"]!.GetValue<double>());
    }

    [Fact]
    public void A_folder_without_a_model_is_named()
    {
        SaeProcess.Run(this.folder, "eval", "--sae", "nothing", "--data", this.data, "--device", "cpu")
            .AssertFault(3, "nothing", "exist");
        _ = Directory.CreateDirectory(this.folder.PathOf("empty"));
        SaeProcess.Run(this.folder, "eval", "--sae", "empty", "--data", this.data, "--device", "cpu")
            .AssertFault(3, "empty", "cfg.json");
    }

    [Fact]
    public void Weights_of_another_shape_are_refused()
    {
        string configuration = File.ReadAllText(this.folder.PathOf("run/cfg.json"));
        File.WriteAllText(
            this.folder.PathOf("run/cfg.json"),
            configuration.Replace("\"d_sae\": 16", "\"d_sae\": 20", StringComparison.Ordinal));

        Eval().AssertFault(3, "sae_weights.safetensors", "20", "16");
    }

    [Fact]
    public void A_checkpoint_of_another_shape_does_not_resume()
    {
        string record = File.ReadAllText(this.folder.PathOf("run/run.json"));
        File.WriteAllText(
            this.folder.PathOf("run/run.json"),
            record.Replace("\"latents\": 16", "\"latents\": 20", StringComparison.Ordinal));

        SaeProcess.Run(this.folder, "train", "--resume", "--out", "run", "--device", "cpu")
            .AssertFault(3, "step-000000000020.safetensors", "20", "16");
    }

    [Theory]
    [InlineData(0.35)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void A_changed_byte_in_a_checkpoint_is_found(double place)
    {
        string checkpoint = Directory.EnumerateFiles(this.folder.PathOf("run/checkpoints")).Max()!;
        byte[] bytes = File.ReadAllBytes(checkpoint);
        bytes[(int)(place * bytes.Length)] ^= 0x10;
        File.WriteAllBytes(checkpoint, bytes);

        SaeProcess.Run(this.folder, "train", "--resume", "--out", "run", "--device", "cpu")
            .AssertFault(3, Path.GetFileName(checkpoint));
    }

    public void Dispose() => this.folder.Dispose();

    private SaeResult Eval(params IEnumerable<string> more) =>
        SaeProcess.Run(this.folder, ["eval", "--sae", "run", "--data", this.data, "--device", "cpu", .. more]);
}
