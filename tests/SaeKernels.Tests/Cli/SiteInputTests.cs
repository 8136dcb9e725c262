using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Tests.Cli;

/// <summary>The options --target and --site of the verbs that read activations of further sites.</summary>
public sealed class SiteInputTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData("transcoder", "--target: must name activations for transcoder, but is missing")]
    [InlineData("crosscoder", "--site: must name activations for crosscoder, but is missing")]
    [InlineData("topk", "--target: must be left out for topk", "--target", "acts.safetensors")]
    [InlineData("topk", "--site: must be left out for topk", "--site", "acts.safetensors")]
    [InlineData(
        "crosscoder", "--target: must be left out for crosscoder", "--target", "acts.safetensors", "--site", "x.npy")]
    public void An_architecture_gets_the_sites_it_has_and_no_others(
        string architecture, string message, params string[] sites)
    {
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, ["train", "--arch", architecture, "--data", data, "--out", "run", .. sites])
            .AssertFault(2, message);
    }

    [Fact]
    public void A_verb_that_takes_a_model_asks_for_another_one()
    {
        string data = CliData.TrainQuickRun(this.folder);

        SaeProcess.Run(
            this.folder, "eval", "--sae", "run", "--data", data, "--target", data, "--device", "cpu")
            .AssertFault(2, "Leave it out, or name a model of transcoder, skip-transcoder.");
    }

    [Fact]
    public void A_tensor_is_named_behind_its_file_and_found_again_by_resume_and_by_the_printed_eval()
    {
        string data = CliData.Write(this.folder);
        WriteTwoTensors("two.safetensors");
        SaeResult trained = SaeProcess.Run(this.folder, CliData.QuickRun(
            data, "run", "--arch", "transcoder", "--target", "two.safetensors#after"))
            .AssertDone();

        RunSite site = Assert.Single(RunRecord.Read(this.folder.PathOf("run/run.json")).Data.OtherSites);
        Assert.Equal(("two.safetensors", "after"), (Assert.Single(site.Paths), site.Tensor));
        Assert.Contains(
            "eval --sae run --data acts.safetensors --target 'two.safetensors#after'",
            trained.Output,
            StringComparison.Ordinal);

        SaeProcess.Run(this.folder, "train", "--resume", "--out", "run", "--device", "cpu").AssertDone();
        SaeProcess.Run(
            this.folder, "eval", "--sae", "run", "--data", data, "--target", "two.safetensors#after").AssertDone();
    }

    [Theory]
    [InlineData("two.safetensors#after", "more.safetensors#before")]
    [InlineData("two.safetensors#after", "acts.safetensors")]
    public void Files_of_one_target_that_name_different_tensors_are_refused(string first, string second)
    {
        string data = CliData.Write(this.folder);
        WriteTwoTensors("two.safetensors");
        WriteTwoTensors("more.safetensors");

        SaeProcess.Run(this.folder, CliData.QuickRun(
            data, "run", "--arch", "transcoder", "--target", first, "--target", second)).AssertFault(
                2,
                $"--target: all files must be read by one tensor name, but are {first}, {second}. Write the same #NAME "
                + "behind each.");
    }

    public void Dispose() => this.folder.Dispose();

    /// <summary>Two matrices of different width, neither of which is the only one.</summary>
    private void WriteTwoTensors(string name) => SafetensorsWriter.Write(
        this.folder.PathOf(name),
        [.. new[] { ("before", 3), ("after", 5) }.Select(tensor => TensorContent.Singles(
            tensor.Item1,
            [CliData.Vectors, tensor.Item2],
            (first, to) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] = MathF.Sin(0.7f * (first + i));
                }
            }))]);
}
