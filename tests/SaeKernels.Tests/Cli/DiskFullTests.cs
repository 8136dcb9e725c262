using System.Diagnostics;

namespace SaeKernels.Tests.Cli;

public sealed class DiskFullTests : IDisposable
{
    private readonly TestFolder folder = new();
    private bool mounted;

    [SkippableFact]
    public void A_disk_without_room_for_the_first_checkpoint_is_named_and_left_clean()
    {
        Mount("16k");
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, "train", "--data", data, "--out", "disk/run", "--device", "cpu", "--latents", "256")
            .AssertFault(3, "disk/run", "full");

        Assert.Empty(Directory.EnumerateFiles(this.folder.PathOf("disk"), "*", SearchOption.AllDirectories));
    }

    [SkippableFact]
    public void A_disk_that_fills_up_while_training_leaves_whole_files_and_a_run_that_resumes()
    {
        // A checkpoint of 16 latents takes 6 KB: two fit beside each other, a third one does not.
        Mount("28k");
        string data = CliData.Write(this.folder);

        SaeProcess.Run(this.folder, CliData.QuickRun(data, "disk/run", "--checkpoint-every", "5", "--log-every", "5"))
            .AssertFault(3, "disk/run");

        string[] files = Directory.GetFiles(this.folder.PathOf("disk"), "*", SearchOption.AllDirectories);
        Assert.DoesNotContain(files, file => file.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.All(
            files.Where(file => file.EndsWith(".safetensors", StringComparison.Ordinal)),
            file => SaeProcess.Run(this.folder, "info", file).AssertDone());
        Assert.Equal(0, RunMount("-o", "remount,size=1m", this.folder.PathOf("disk")));
        SaeProcess.Run(this.folder, "train", "--resume", "--out", "disk/run", "--device", "cpu").AssertDone();
    }

    [SkippableFact]
    public void A_disk_without_room_for_codes_is_named_and_left_clean()
    {
        Mount("4k");
        string data = CliData.TrainQuickRun(this.folder);

        SaeProcess.Run(
            this.folder, "encode", "--sae", "run", "--data", data, "--out", "disk/a.codes", "--bins", "1000",
            "--device", "cpu")
            .AssertFault(3, "disk/a.codes", "full");

        Assert.Empty(Directory.EnumerateFiles(this.folder.PathOf("disk")));
    }

    public void Dispose()
    {
        if (this.mounted)
        {
            Process.Start("umount", this.folder.PathOf("disk")).WaitForExit();
        }

        this.folder.Dispose();
    }

    private void Mount(string size)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "a small disk is mounted as tmpfs, which only Linux has");
        _ = Directory.CreateDirectory(this.folder.PathOf("disk"));
        this.mounted = RunMount("-t", "tmpfs", "-o", $"size={size}", "tmpfs", this.folder.PathOf("disk")) == 0;
        Skip.IfNot(this.mounted, "mounting a small disk needs the rights of root");
    }

    private static int RunMount(params string[] arguments)
    {
        using Process mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
        mount.WaitForExit();
        return mount.ExitCode;
    }
}
