using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Cli;

/// <summary>What a run of the command left.</summary>
internal sealed record SaeResult(int ExitCode, string Output, string Error)
{
    /// <summary>
    /// Asserts the exit code, and that the last line on standard error is one plain message with these words.
    /// </summary>
    public void AssertFault(int exitCode, params ReadOnlySpan<string> words)
    {
        Assert.True(
            this.ExitCode == exitCode,
            $"exit code {this.ExitCode} instead of {exitCode}; standard error: {this.Error}");
        string message = this.Error.TrimEnd('\n').Split('\n')[^1];
        Assert.StartsWith("sae: ", message);
        foreach (string word in words)
        {
            Assert.Contains(word, message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("   at ", this.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("this should not happen", this.Error, StringComparison.Ordinal);
    }

    /// <summary>Asserts that all was done.</summary>
    public SaeResult AssertDone()
    {
        Assert.True(this.ExitCode == 0, $"exit code {this.ExitCode}; standard error: {this.Error}");
        return this;
    }
}

/// <summary>The built command as a process of its own.</summary>
internal sealed partial class SaeProcess : IDisposable
{
    private const int LimitSeconds = 240;
    private readonly Process process;
    private readonly StringBuilder error = new();
    private readonly Task<string> output;
    private readonly Task errorReader;
    private readonly TaskCompletionSource firstStep = new();

    private SaeProcess(string folder, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "sae.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (start.ArgumentList.Contains("ilgpu-cpu"))
        {
            // Its barriers spin before they wait, unless .NET thinks that there is nobody to spin for: hundreds of
            // threads on two cores take four times the processor time.
            start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        }

        this.process = Process.Start(start)!;
        this.process.StandardInput.Close();
        this.output = this.process.StandardOutput.ReadToEndOnThread();
        // A thread of its own: other tests may occupy all pooled ones until the run is over.
        this.errorReader = Task.Factory.StartNew(
            ReadError, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public int Id => this.process.Id;

    /// <summary>Runs the command to its end.</summary>
    public static SaeResult Run(TestFolder folder, params IEnumerable<string> arguments) =>
        RunIn(folder.Root, arguments);

    /// <summary>Runs the command to its end in any folder.</summary>
    public static SaeResult RunIn(string folder, params IEnumerable<string> arguments)
    {
        using SaeProcess process = Start(folder, arguments);
        return process.WaitForEnd();
    }

    /// <summary>Starts the command.</summary>
    public static SaeProcess Start(string folder, params IEnumerable<string> arguments) => new(folder, arguments);

    /// <summary>
    /// Waits until training has told of its first step; returns what was written to standard error so far.
    /// </summary>
    public string WaitForFirstStep()
    {
        Task.WaitAny([this.firstStep.Task, this.errorReader], TimeSpan.FromSeconds(LimitSeconds));
        lock (this.error)
        {
            Assert.True(this.firstStep.Task.IsCompleted, $"training must reach a step, but wrote only: {this.error}");
            return this.error.ToString();
        }
    }

    /// <summary>Waits for some time, or until the process ends; returns whether it ended.</summary>
    public bool WaitForEnd(TimeSpan time) => this.process.WaitForExit(time);

    /// <summary>Waits for the end.</summary>
    public SaeResult WaitForEnd()
    {
        if (!this.process.WaitForExit(TimeSpan.FromSeconds(LimitSeconds)))
        {
            this.process.Kill(entireProcessTree: true);
            Assert.Fail($"the command must end within {LimitSeconds} s, but did not; standard error: {this.error}");
        }

        this.errorReader.GetAwaiter().GetResult();
        return new SaeResult(this.process.ExitCode, this.output.GetAwaiter().GetResult(), this.error.ToString());
    }

    /// <summary>Kills the process as <c>kill -9</c> does.</summary>
    public void Kill()
    {
        this.process.Kill();
        this.process.WaitForExit();
    }

    /// <summary>Sends a signal.</summary>
    public void Signal(PosixSignal signal)
    {
        int number = signal == PosixSignal.SIGINT ? 2 : 15;
        Assert.Equal(0, SendSignal(this.process.Id, number));
    }

    /// <summary>
    /// Whether the process inherited that it ignores a signal, as children of a shell's background jobs do.
    /// </summary>
    public bool Ignores(PosixSignal signal)
    {
        string ignored = File.ReadLines($"/proc/{this.process.Id}/status")
            .First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        int number = signal == PosixSignal.SIGINT ? 2 : 15;
        return ((Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) >> (number - 1)) & 1) == 1;
    }

    public void Dispose()
    {
        if (!this.process.HasExited)
        {
            this.process.Kill(entireProcessTree: true);
        }

        this.process.Dispose();
    }

    private void ReadError()
    {
        while (this.process.StandardError.ReadLine() is string line)
        {
            lock (this.error)
            {
                this.error.Append(line).Append('\n');
            }

            if (line.StartsWith("step ", StringComparison.Ordinal))
            {
                this.firstStep.TrySetResult();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int processId, int signal);
}
