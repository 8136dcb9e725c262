using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>What ILGPU makes of the kernels, for devices that this machine need not have.</summary>
public sealed class GeneratedCodeTests
{
    private static readonly MethodInfo[] Kernels = FindKernels();

    // A driver would refuse the first at load; the others would be slow without a word.
    private static readonly Dictionary<string, Regex> Unwanted = new()
    {
        ["a function from outside"] = new(@"^.*\.extern\s+\.func.*$", RegexOptions.Multiline),
        ["variables in local memory"] = new(@"^.*\.local\b.*$", RegexOptions.Multiline),
        ["float64"] = new(@"^.*\.f64\b.*$", RegexOptions.Multiline),
    };

    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 0)]
    public void Ptx_of_every_kernel_needs_no_outside_function_no_local_memory_and_no_float64(int major, int minor)
    {
        IReadOnlyDictionary<string, string> ptx = CompileToPtx(major, minor);

        IEnumerable<string> found =
            from kernel in ptx
            from fault in Unwanted
            from Match match in fault.Value.Matches(kernel.Value)
            select $"{kernel.Key} has {fault.Key}: {match.Value.Trim()}";
        Assert.True(!found.Any(), string.Join('\n', found));
        Assert.Equal(Kernels.Length, ptx.Count);
        Assert.All(ptx.Values, text => Assert.Contains(".entry", text, StringComparison.Ordinal));
    }

    // Canonical pre-activations: one rounding a step, and denormal numbers kept.
    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 0)]
    public void Ptx_of_the_encoder_fuses_its_multiply_adds(int major, int minor) =>
        Assert.Contains("fma.rn.f32", CompileToPtx(major, minor)["GroupTiles.RowLists.Run"], StringComparison.Ordinal);

    [Fact]
    public void Two_compilations_differ_in_nothing_but_the_numbers_in_names()
    {
        Assert.Equal(Renumber(CompileToPtx(9, 0)), Renumber(CompileToPtx(9, 0)));
        Assert.Equal(Renumber(CompileToOpenCl()), Renumber(CompileToOpenCl()));
    }

    [SkippableFact]
    public void OpenCl_of_every_kernel_is_accepted_by_clang()
    {
        string? clang = FindClang();
        Skip.If(clang is null, "This machine has no clang.");
        IReadOnlyDictionary<string, string> sources = CompileToOpenCl();
        Assert.Equal(Kernels.Length, sources.Count);

        string folder = Directory.CreateTempSubdirectory("sae-opencl-").FullName;
        try
        {
            foreach ((string kernel, string source) in sources)
            {
                File.WriteAllText(Path.Combine(folder, $"{kernel}.cl"), source);
            }

            (int exitCode, string faults) = CheckSyntax(clang!, Directory.GetFiles(folder));
            Assert.True(exitCode == 0, $"clang must accept the OpenCL C of every kernel, but says:\n{faults}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Opening a backend names its kernels; none is compiled before its first launch.
    private static MethodInfo[] FindKernels()
    {
        using IlgpuBackend backend = IlgpuBackend.CreateSimulator();
        return [.. backend.KernelMethods.Distinct()];
    }

    private static IReadOnlyDictionary<string, string> CompileToPtx(int major, int minor)
    {
        using OfflineCompiler compiler = new();
        return compiler.ToPtx(Kernels, major, minor);
    }

    private static IReadOnlyDictionary<string, string> CompileToOpenCl()
    {
        using OfflineCompiler compiler = new();
        return compiler.ToOpenCl(Kernels);
    }

    // ILGPU counts labels, types and functions through the life of a process; here they count from 0 in each text.
    private static Dictionary<string, string> Renumber(IReadOnlyDictionary<string, string> texts) =>
        texts.ToDictionary(text => text.Key, text => Renumber(text.Value));

    private static string Renumber(string text)
    {
        Dictionary<string, int> numbers = [];
        return Regex.Replace(text, @"(?<=_)\d+", match =>
        {
            numbers.TryAdd(match.Value, numbers.Count);
            return $"{numbers[match.Value]}";
        });
    }

    // Distributions install it as clang, as clang-14 and the like, or both.
    private static string? FindClang() => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(Path.PathSeparator)
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "clang*"))
        .FirstOrDefault(file => Regex.IsMatch(Path.GetFileName(file), @"^clang(-\d+)?(\.exe)?$"));

    private static (int ExitCode, string Faults) CheckSyntax(string clang, string[] files)
    {
        string[] options =
        [
            "-x", "cl", "-cl-std=CL2.0", "--target=spir64-unknown-unknown", "-Xclang", "-finclude-default-header",
            "-fsyntax-only", "-w",
        ];
        using Process process = Process.Start(
            new ProcessStartInfo(clang, [.. options, .. files]) { RedirectStandardError = true })!;
        string faults = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, faults);
    }
}
