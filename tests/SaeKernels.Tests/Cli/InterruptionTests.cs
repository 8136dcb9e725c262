using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Cli;

public sealed partial class InterruptionTests : IDisposable
{
    private const int Kills = 20;
    private readonly TestFolder folder = new();

    [SkippableFact]
    public void A_run_interrupted_by_Ctrl_C_and_resumed_ends_in_the_weights_of_a_run_without_interruption()
    {
        // About 2 ms a step: the signal comes long before the end.
        string data = CliData.Write(this.folder, dIn: 64, vectors: 2000);
        List<string> run = [
            "train", "--data", data, "--device", "cpu", "--latents", "512", "--k", "8", "--batch", "256",
            "--steps", "1500", "--log-every", "1"];
        using SaeProcess process = SaeProcess.Start(
            this.folder.Root, [.. run, "--out", "interrupted", "--threads", "2"]);
        process.WaitForFirstStep();
        Skip.If(process.Ignores(PosixSignal.SIGINT), "the process inherited that it ignores SIGINT");
        process.Signal(PosixSignal.SIGINT);
        SaeResult interrupted = process.WaitForEnd();

        Assert.Equal(130, interrupted.ExitCode);
        Assert.Contains("sae: interrupted after step", interrupted.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "train --resume --out interrupted --device cpu --threads 2\n", interrupted.Error, StringComparison.Ordinal);
        Assert.Equal(string.Empty, interrupted.Output);
        SaeProcess.Run(this.folder, "train", "--resume", "--out", "interrupted", "--device", "cpu", "--threads", "3")
            .AssertDone();
        SaeProcess.Run(this.folder, [.. run, "--out", "whole", "--threads", "1"]).AssertDone();
        Assert.Equal(HashOf("whole"), HashOf("interrupted"));
        Assert.Equal(StepsOf("whole"), StepsOf("interrupted"));
    }

    [Fact]
    public void SIGTERM_saves_as_Ctrl_C_does()
    {
        using SaeProcess process = StartEndlessRun("--out", "run", "--json");
        process.WaitForFirstStep();
        process.Signal(PosixSignal.SIGTERM);
        SaeResult result = process.WaitForEnd();

        Assert.Equal(130, result.ExitCode);
        Assert.Equal(string.Empty, result.Output);
        Assert.Contains("train --resume --out run", result.Error, StringComparison.Ordinal);
        Assert.Contains("--json", result.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(this.folder.PathOf("run/sae_weights.safetensors")));
    }

    [Fact]
    public void A_run_killed_at_any_moment_leaves_a_newest_checkpoint_that_resumes()
    {
        RandomSequence random = new(31, RandomPurpose.General);
        StartEndlessRun("--out", "run").Dispose();
        long reached = 0;
        int begun = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            bool begins = !File.Exists(this.folder.PathOf("run/run.json"));
            begun += begins ? 1 : 0;
            using SaeProcess process = begins
                ? StartEndlessRun("--out", "run", "--force")
                : SaeProcess.Start(this.folder.Root, "train", "--resume", "--out", "run", "--device", "cpu");
            long first = FirstStep(process.WaitForFirstStep());
            Assert.True(first > reached, $"kill {kill}: the run must go on after step {reached}, but began at {first}");
            reached = NewestStep();
            Assert.False(process.WaitForEnd(TimeSpan.FromMilliseconds(random.NextInt64(200))));
            process.Kill();
            Assert.True(NewestStep() >= reached);
            reached = NewestStep();
        }

        Assert.Equal(1, begun);
        Assert.True(reached > Kills, $"checkpoints must advance, but are at step {reached}");
        Assert.All(
            Directory.EnumerateFiles(this.folder.PathOf("run/checkpoints")),
            file => Assert.True(Checkpoint().IsMatch(file) || file.EndsWith(".tmp", StringComparison.Ordinal), file));
    }

    public void Dispose() => this.folder.Dispose();

    /// <summary>Starts a run that saves every other step and would take hours.</summary>
    private SaeProcess StartEndlessRun(params IEnumerable<string> more)
    {
        string data = CliData.Write(this.folder);
        return SaeProcess.Start(this.folder.Root, [
            "train", "--data", data, "--device", "cpu", "--latents", "16", "--k", "3", "--batch", "32",
            "--steps", "100000000",
            "--log-every", "1", "--checkpoint-every", "2", .. more]);
    }

    private static long FirstStep(string error) =>
        long.Parse(StepLine().Match(error).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    private long NewestStep() => Directory.EnumerateFiles(this.folder.PathOf("run/checkpoints"))
        .Select(file => Checkpoint().Match(file))
        .Where(match => match.Success)
        .Max(match => long.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    private string HashOf(string run) =>
        Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(this.folder.PathOf($"{run}/sae_weights.safetensors"))));

    private IEnumerable<string> StepsOf(string run) =>
        File.ReadLines(this.folder.PathOf($"{run}/metrics.csv")).Select(line => string.Join(',', line.Split(',')[..9]));

    [GeneratedRegex(@"^step (\d+)/", RegexOptions.Multiline)]
    private static partial Regex StepLine();

    [GeneratedRegex(@"step-(\d{12})\.safetensors$")]
    private static partial Regex Checkpoint();
}
