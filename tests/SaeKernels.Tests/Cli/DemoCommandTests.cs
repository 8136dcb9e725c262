using SaeKernels.Tests.Repository;

namespace SaeKernels.Tests.Cli;

public sealed class DemoCommandTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void The_demo_shows_ten_latents_and_replaces_only_its_own_runs()
    {
        string[] words = File.ReadAllLines(RepositoryFiles.PathOf("samples/glove/words.txt"));

        string output = SaeProcess.Run(this.folder, "demo", "--out", "demo", "--device", "cpu").AssertDone().Output;

        string[] rows = output.Split('\n')[1..11];
        string[][] shown = [.. rows.Select(row => row[19..].Split(", "))];
        Assert.All(shown, latent => Assert.Equal(8, latent.Length));
        Assert.All(shown.SelectMany(latent => latent), word => Assert.Contains(word, words));
        Assert.Equal(80, shown.SelectMany(latent => latent).Distinct().Count());
        Assert.Contains("held out: FVU 0.", output, StringComparison.Ordinal);
        Assert.True(File.Exists(this.folder.PathOf("demo/sae_weights.safetensors")));

        using SaeProcess again = SaeProcess.Start(this.folder.Root, "demo", "--out", "demo", "--device", "cpu");
        again.WaitForFirstStep();
        again.Kill();
    }

    [Fact]
    public void A_run_of_other_data_is_not_replaced()
    {
        CliData.TrainQuickRun(this.folder);

        SaeProcess.Run(this.folder, "demo", "--out", "run", "--device", "cpu")
            .AssertFault(2, "run: may hold an earlier demo", "--out");
    }

    [Fact]
    public void A_run_of_the_users_own_on_the_demos_data_is_not_replaced()
    {
        string words = RepositoryFiles.PathOf("samples/glove");
        SaeProcess.Run(
            this.folder, "train", "--data", words, "--out", "mine", "--latents", "64", "--k", "2", "--steps", "5")
            .AssertDone();

        SaeProcess.Run(this.folder, "demo", "--out", "mine", "--device", "cpu")
            .AssertFault(2, "mine: may hold an earlier demo", "--out");
    }

    public void Dispose() => this.folder.Dispose();
}
