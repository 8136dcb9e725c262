using System.Diagnostics;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Repository;

/// <summary>A temporary folder with a copy of samples/, in which the README's commands run.</summary>
internal sealed class ReadmeWorkspace : IDisposable
{
    private const int LimitSeconds = 240;

    public ReadmeWorkspace()
    {
        this.Folder = Directory.CreateTempSubdirectory("sae-readme-").FullName;
        string samples = RepositoryFiles.PathOf("samples");
        foreach (string file in Directory.EnumerateFiles(samples, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(this.Folder, "samples", Path.GetRelativePath(samples, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public string Folder { get; }

    /// <summary>Runs the built command; returns its exit code and what it wrote.</summary>
    public (int ExitCode, string Output, string Error) RunSae(params IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new("dotnet", [Path.Combine(AppContext.BaseDirectory, "sae.dll"), .. arguments])
        {
            WorkingDirectory = this.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndOnThread();
        Task<string> error = process.StandardError.ReadToEndOnThread();
        if (!process.WaitForExit(TimeSpan.FromSeconds(LimitSeconds)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"sae {string.Join(' ', arguments)}: must end within {LimitSeconds} s.\n{error.Result}");
        }

        return (process.ExitCode, output.Result, error.Result);
    }

    public void Dispose() => Directory.Delete(this.Folder, recursive: true);
}
