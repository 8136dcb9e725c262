using System.Diagnostics;

namespace SaeKernels.Tests.Cli;

public sealed class StandardErrorTests : IDisposable
{
    private readonly TestFolder folder = new();

    [SkippableFact]
    public void A_run_goes_on_where_standard_error_cannot_be_written()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "/dev/full, a file on a full disk, is Linux's");
        string data = CliData.Write(this.folder);

        Assert.Equal(0, RunWithFullError(CliData.QuickRun(data, "run")));
        Assert.True(File.Exists(this.folder.PathOf("run/eval.json")));
        Assert.Equal(3, RunWithFullError(["info", "missing.npy"]));
    }

    public void Dispose() => this.folder.Dispose();

    private int RunWithFullError(IEnumerable<string> arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "sae.dll");
        using Process process = Process.Start(new ProcessStartInfo(
            "sh", ["-c", "exec dotnet \"$@\" 2>/dev/full", "sh", program, .. arguments])
        {
            WorkingDirectory = this.folder.Root,
            RedirectStandardOutput = true,
        })!;
        _ = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }
}
