using System.Text.Json;
using System.Text.Json.Nodes;
using SaeKernels.Training;

namespace SaeKernels.Tests.Cli;

public sealed class TrainCommandTests : IDisposable
{
    private static readonly string[] RunFiles =
        ["cfg.json", "checkpoints", "eval.json", "metrics.csv", "run.json", "sae_weights.safetensors"];

    private readonly TestFolder folder = new();

    [Fact]
    public void A_run_leaves_a_model_its_record_and_its_figures()
    {
        string data = CliData.Write(this.folder);

        SaeResult result = SaeProcess.Run(this.folder, CliData.QuickRun(data, "run")).AssertDone();

        IEnumerable<string?> files =
            Directory.EnumerateFileSystemEntries(this.folder.PathOf("run")).Select(Path.GetFileName);
        Assert.Equal(RunFiles, files.Order(StringComparer.Ordinal));
        Assert.Contains("held out: FVU", result.Output, StringComparison.Ordinal);
        Assert.Contains("eval --sae run --data acts.safetensors", result.Output, StringComparison.Ordinal);
        Assert.Contains("plan: architecture topk, d_in 8, latents 16, k 3", result.Error, StringComparison.Ordinal);
        Assert.Contains("step 20/20  loss ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_csv_has_its_columns_and_a_row_for_every_logging_step()
    {
        CliData.TrainQuickRun(this.folder, "--log-every", "5");

        string[] lines = File.ReadAllLines(this.folder.PathOf("run/metrics.csv"));

        Assert.Equal(
            "step,tokens,loss,fvu,auxk_loss,l0,sparsity_coefficient,dead_fraction,lr,grad_norm,tokens_per_second,"
            + "elapsed_seconds",
            lines[0]);
        Assert.Equal(["5", "10", "15", "20"], lines[1..].Select(line => line.Split(',')[0]));
    }

    [Fact]
    public void Json_is_one_object_on_standard_output_and_the_same_as_eval_json()
    {
        string data = CliData.Write(this.folder);

        SaeResult result = SaeProcess.Run(this.folder, CliData.QuickRun(data, "run", "--json")).AssertDone();

        JsonNode printed = JsonNode.Parse(result.Output)!;
        Assert.True(
            JsonNode.DeepEquals(printed, JsonNode.Parse(File.ReadAllText(this.folder.PathOf("run/eval.json")))));
        Assert.InRange(printed["fvu"]!.GetValue<double>(), 0, 1);
        Assert.InRange(printed["l0"]!.GetValue<double>(), 0.1, 3);
        Assert.NotNull(printed["dead_fraction"]);
    }

    [Fact]
    public void Without_held_out_data_json_is_an_empty_object()
    {
        string data = CliData.Write(this.folder);

        SaeResult result = SaeProcess.Run(this.folder, CliData.QuickRun(data, "run", "--json", "--holdout", "0"))
            .AssertDone();

        Assert.Equal("{}\n", result.Output);
        Assert.False(File.Exists(this.folder.PathOf("run/eval.json")));
    }

    [Fact]
    public void Output_that_cannot_be_written_is_named()
    {
        string data = CliData.TrainQuickRun(this.folder);

        // Below a file there is no folder to write, not even for root.
        SaeProcess.Run(this.folder, CliData.QuickRun(data, Path.Combine(data, "run")))
            .AssertFault(3, "run: must be a folder that can be written", "Choose another folder");
    }

    [Theory]
    [InlineData("--force")]
    [InlineData("--resume")]
    public void A_folder_that_another_process_trains_in_is_left_alone(string option)
    {
        string data = CliData.TrainQuickRun(this.folder);
        string[] before = [.. Directory.GetFiles(this.folder.PathOf("run")).Order()];
        using RunFolderLock other = new(new RunFolder(this.folder.PathOf("run")));

        SaeProcess.Run(this.folder, option == "--resume"
            ? ["train", "--resume", "--out", "run"]
            : CliData.QuickRun(data, "run", "--force"))
            .AssertFault(3, "run: must be worked in by one process at a time", "choose another folder");

        Assert.Equal(
            before,
            Directory.GetFiles(this.folder.PathOf("run")).Order().Except([this.folder.PathOf("run/.lock")]));
    }

    [Fact]
    public void A_run_is_replaced_only_by_force()
    {
        string data = CliData.TrainQuickRun(this.folder);
        string record = File.ReadAllText(this.folder.PathOf("run/run.json"));

        SaeProcess.Run(this.folder, CliData.QuickRun(data, "run", "--seed", "7"))
            .AssertFault(2, "run: must not hold a run", "--resume", "--force", "--out");
        Assert.Equal(record, File.ReadAllText(this.folder.PathOf("run/run.json")));

        SaeProcess.Run(this.folder, CliData.QuickRun(data, "run", "--seed", "7", "--force")).AssertDone();
        Assert.NotEqual(record, File.ReadAllText(this.folder.PathOf("run/run.json")));
    }

    [Theory]
    [InlineData("--k must be between 1 and --latents = 16, but is 17", "--k", "17")]
    [InlineData("--k must be between 1 and --latents = 16, but is 0", "--k", "0")]
    [InlineData("--k must be between 1 and --latents = 16, but is -3", "--k", "-3")]
    [InlineData("--latents must be between 1 and", "--latents", "0")]
    [InlineData("--batch must be between 1 and", "--batch", "-1")]
    [InlineData("--lr must be a positive number, but is -0.1", "--lr", "-0.1")]
    [InlineData("--lr must be a positive number, but is NaN", "--lr", "NaN")]
    [InlineData("--lr must be below 1000", "--lr", "1e9")]
    [InlineData("--holdout must be from 0 to below 1, but is 1", "--holdout", "1")]
    [InlineData("--clip must be positive", "--clip", "0")]
    [InlineData("--auxk must be between 1", "--auxk", "0")]
    [InlineData("--auxk-alpha must be a number of at least 0", "--auxk-alpha", "-1")]
    [InlineData("--dead-after must be between 1", "--dead-after", "-5")]
    [InlineData("--warmup must be at least 0", "--warmup", "-1")]
    [InlineData("--decay must be at least 0", "--decay", "-1")]
    [InlineData("--tokens and --steps exclude each other", "--tokens", "100")]
    [InlineData("--log-every must be between 1", "--log-every", "0")]
    [InlineData("--checkpoint-every must be between 1", "--checkpoint-every", "0")]
    [InlineData("--threads: must be from 1 to 1024, but is 0", "--threads", "0")]
    [InlineData("--arch must be one of topk, ", "--arch", "jump")]
    public void An_absurd_option_is_named_with_its_range(string message, string option, string value)
    {
        string data = CliData.Write(this.folder);
        List<string> arguments = CliData.QuickRun(data, "run");
        int given = arguments.IndexOf(option);
        if (given >= 0)
        {
            arguments.RemoveRange(given, 2);
        }

        SaeProcess.Run(this.folder, [.. arguments, option, value]).AssertFault(2, message);
        Assert.False(File.Exists(this.folder.PathOf("run/run.json")));
    }

    [Theory]
    [InlineData("--latents: must be a whole number, but is 'many'", "--latents", "many")]
    [InlineData("--seed: must be a whole number from 0 to 18446744073709551615, but is '-1'", "--seed", "-1")]
    [InlineData(
        "--k: must be a whole number from -2147483648 to 2147483647, but is '99999999999'", "--k", "99999999999")]
    [InlineData("--normalize: must be one of none, mean, unit-rms, expected-average-only-in", "--normalize", "layer")]
    [InlineData("--b-dec: must be one of geometric-median, mean, zero", "--b-dec", "median")]
    [InlineData("--hash: must be one of sampled, full", "--hash", "md5")]
    [InlineData("--precision: must be one of auto, fp32, exact-tf32, exact-bf16, exact-int8", "--precision", "fp16")]
    [InlineData(
        "--device: must be auto, cpu, ilgpu-cpu, cuda[:i], opencl[:i] or reference, but is 'gpu'", "--device", "gpu")]
    [InlineData("--nonsense", "--nonsense", "1")]
    public void What_cannot_be_read_is_named_with_what_can(string message, string option, string value)
    {
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, ["train", "--data", data, "--out", "run", option, value]).AssertFault(2, message);
    }

    [Fact]
    public void A_precision_that_the_device_lacks_is_refused_with_those_it_has()
    {
        string data = CliData.Write(this.folder);

        SaeProcess.Run(
            this.folder, "train", "--data", data, "--out", "run", "--device", "reference", "--precision", "exact-bf16")
            .AssertFault(
                2, "--precision: must be one that reference has on this machine, auto, fp32, but is exact-bf16");
        Assert.False(File.Exists(this.folder.PathOf("run/run.json")));
    }

    [Fact]
    public void Data_and_output_are_required()
    {
        SaeProcess.Run(this.folder, "train", "--out", "run").AssertFault(2, "--data: must name activations");
        SaeProcess.Run(this.folder, "train", "--data", "a.npy")
            .AssertFault(2, "--out: must name the folder of the run");
    }

    [Fact]
    public void A_resumed_run_takes_its_configuration_from_its_record()
    {
        string data = CliData.TrainQuickRun(this.folder);

        SaeProcess.Run(
            this.folder, "train", "--resume", "--out", "run", "--latents", "32", "--k", "4", "--threads", "1")
            .AssertFault(2, "--latents, --k were given", "run.json");
        SaeResult resumed = SaeProcess.Run(
            this.folder, "train", "--resume", "--out", "run", "--device", "cpu", "--json").AssertDone();
        Assert.Equal(JsonValueKind.Object, JsonNode.Parse(resumed.Output)!.GetValueKind());

        File.Move(this.folder.PathOf(data), this.folder.PathOf("moved.safetensors"));
        SaeProcess.Run(this.folder, "train", "--resume", "--out", "run", "--device", "cpu")
            .AssertFault(3, data, "--data");
        SaeProcess.Run(
            this.folder, "train", "--resume", "--out", "run", "--device", "cpu", "--data", "moved.safetensors")
            .AssertDone();
    }

    [Fact]
    public void A_run_is_not_resumed_with_other_data()
    {
        CliData.TrainQuickRun(this.folder);
        CliData.Write(this.folder, "other.safetensors", vectors: CliData.Vectors + 1);

        SaeProcess.Run(
            this.folder, "train", "--resume", "--out", "run", "--device", "cpu", "--data", "other.safetensors")
            .AssertFault(3, "other.safetensors", "hash");
    }

    [Fact]
    public void A_folder_without_a_run_is_not_resumed() =>
        SaeProcess.Run(this.folder, "train", "--resume", "--out", "nothing").AssertFault(3, "run.json");

    [Fact]
    public void A_folder_below_a_file_is_not_writable()
    {
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, CliData.QuickRun(data, data + "/run")).AssertFault(3, data);
    }

    [Fact]
    public void A_device_that_is_not_there_is_a_fault_that_says_what_is()
    {
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, "train", "--data", data, "--out", "run", "--device", "cuda:977")
            .AssertFault(3, "cuda:977", "cpu", "ilgpu-cpu");
    }

    [Fact]
    public void A_run_that_diverges_says_so_and_keeps_its_good_checkpoints()
    {
        CliData.WriteLarge(this.folder, "large.safetensors");

        SaeProcess.Run(
            this.folder,
            CliData.QuickRun("large.safetensors", "run", "--lr", "999", "--log-every", "1", "--normalize", "none"))
            .AssertFault(3, "the loss must stay a number", "--lr");
        string newest = Directory.EnumerateFiles(this.folder.PathOf("run/checkpoints")).Max()!;
        SaeResult info = SaeProcess.Run(this.folder, "info", newest, "--json").AssertDone();
        Assert.True(JsonNode.Parse(info.Output)!["checks"]!["finite"]!.GetValue<bool>());
    }

    public void Dispose() => this.folder.Dispose();
}
