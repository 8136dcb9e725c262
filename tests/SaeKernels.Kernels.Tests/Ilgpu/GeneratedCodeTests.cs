using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>What ILGPU makes of the kernels, for devices that this machine need not have.</summary>
public sealed class GeneratedCodeTests
{
    private const RegexOptions Body = RegexOptions.Singleline | RegexOptions.Multiline;
    private static readonly ConcurrentDictionary<(int, int), IReadOnlyDictionary<string, string>> Ptx = [];
    private static readonly IReadOnlyList<MethodInfo> Kernels = KernelLists.Of(EncoderPrecision.Fp32);
    private static readonly Lazy<IReadOnlyDictionary<string, string>> OpenCl = new(CompileToOpenCl);

    // With the tensor cores of CUDA.
    private static readonly MethodInfo[] CudaKernels =
    [
        .. KernelLists.Of(EncoderPrecision.ExactBf16)
            .Union(KernelLists.Of(EncoderPrecision.ExactTf32))
            .Union(Kernels),
    ];

    // A driver would refuse the first at load; the others would be slow without a word.
    private static readonly Dictionary<string, Regex> Unwanted = new()
    {
        ["a function from outside"] = new(@"^.*\.extern\s+\.func.*$", RegexOptions.Multiline),
        ["variables in local memory"] = new(@"^.*\.local\b.*$", RegexOptions.Multiline),
        ["a branch for all lanes that depends on one"] = new(@"^.*@!?%p\d+\s+bra\.uni.*$", RegexOptions.Multiline),
        ["float64"] = new(@"^.*\.f64\b.*$", RegexOptions.Multiline),
        ["a condition that is said to be the same for all lanes"] =
            new(@"^.*@!?%p\d+\s+bra\.uni.*$", RegexOptions.Multiline),
    };

    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 0)]
    public void Ptx_of_every_kernel_needs_no_outside_function_no_local_memory_and_no_float64(int major, int minor)
    {
        IReadOnlyDictionary<string, string> ptx = PtxOf(major, minor);

        IEnumerable<string> found =
            from kernel in ptx
            from fault in Unwanted
            from Match match in fault.Value.Matches(kernel.Value)
            select $"{kernel.Key} has {fault.Key}: {match.Value.Trim()}";
        Assert.True(!found.Any(), string.Join('\n', found));
        Assert.Equal(CudaKernels.Length, ptx.Count);
        Assert.All(ptx.Values, text => Assert.Contains(".entry", text, StringComparison.Ordinal));
    }

    // Canonical pre-activations: one rounding a step, and denormal numbers kept.
    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 0)]
    public void Ptx_of_the_encoder_fuses_its_multiply_adds(int major, int minor) =>
        Assert.Contains("fma.rn.f32", PtxOf(major, minor)["GroupTiles.RowLists.Run"], StringComparison.Ordinal);

    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 0)]
    public void Ptx_has_no_function_that_calls_itself(int major, int minor)
    {
        foreach ((string kernel, string text) in PtxOf(major, minor))
        {
            foreach (Match function in Regex.Matches(text, @"\.func\b[^{;]*?(\w+)\([^{;]*\{(.*?)^\}", Body))
            {
                string name = function.Groups[1].Value;
                Assert.False(
                    Regex.IsMatch(function.Groups[2].Value, $@"\bcall\b[^;]*\b{name}\b"),
                    $"{kernel}: {name} calls itself.");
            }
        }
    }

    [Theory]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Bf16Product", "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32")]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Tf32Product", "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32")]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Bf16Product", "ldmatrix.sync.aligned.m8n8.x4.shared.b16")]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Bf16Product", "cp.async.cg.shared.global")]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Bf16Product", "cp.async.commit_group")]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Bf16Product", "cp.async.wait_group\t1")]
    [InlineData("RoundOperand.RoundRows.Bf16Product", "cvt.rn.bf16x2.f32")]
    [InlineData("RoundOperand.RoundRows.Tf32Product", "cvt.rna.tf32.f32")]
    [InlineData("AccumulatorProbe.Multiply.Bf16Product", "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32")]
    [InlineData("RecheckRows.Recheck", "ld.global.v4.f32")]
    [InlineData("GivenUpRows.Compute", "ld.global.v4.f32")]
    [InlineData("GroupTiles.RowLists.Run", "ld.global.v4.f32")]
    [InlineData("GroupTiles.CandidatePool.Run", "ld.global.v4.f32")]
    [InlineData("UpdateLatents.UpdateRows.NoShadow.Untied.NoAverage.Pack4", "ld.global.v4.f32")]
    [InlineData("UpdateLatents.UpdateRows.NoShadow.Untied.NoAverage.Pack4", "st.global.v4.f32")]
    [InlineData("UpdateLatents.UpdateRows.Shadow.Bf16Product.Untied.NoAverage.Pack4", "cvt.rn.bf16x2.f32")]
    [InlineData("UpdateLatents.UpdateRows.Shadow.Bf16Product.Untied.NoAverage.Pack4", "ld.global.v4.f32")]
    [InlineData("UpdateLatents.UpdateRows.Shadow.Tf32Product.Untied.NoAverage.Pack4", "cvt.rna.tf32.f32")]
    [InlineData("UpdateLatents.UpdateRows.Shadow.Bf16Product.Untied.MovingAverage.Pack4", "cvt.rn.bf16x2.f32")]
    [InlineData("UpdateLatents.UpdateRows.NoShadow.Tied.MovingAverage.Pack4", "st.global.v4.f32")]
    [InlineData("GroupTiles.RowLists.Run", "ld.shared.v4.f32")]
    [InlineData("ScreenTiles.ScreenedPool.Screen.Bf16Product", "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32")]
    [InlineData("ScreenTiles.ScreenedPool.Screen.Bf16Product", "cp.async.cg.shared.global")]
    [InlineData("RecheckPool.Recheck", "ld.global.v4.f32")]
    [InlineData("RecheckPool.Recheck", "fma.rn.f32")]
    [InlineData("RecheckRows.Recheck", "fma.rn.f32")]
    [InlineData("GivenUpRows.Compute", "fma.rn.f32")]
    public void Ptx_has_the_instructions_that_are_claimed(string kernel, string instruction) =>
        Assert.Contains(instruction, PtxOf(8, 0)[kernel], StringComparison.Ordinal);

    // In the kernels named hot: a generic one has to ask the address in which memory it lies.
    [Theory]
    [InlineData(8, 0)]
    [InlineData(9, 0)]
    public void Ptx_of_hot_kernels_has_no_generic_vector_access(int major, int minor)
    {
        KeyValuePair<string, string>[] hot =
        [
            .. PtxOf(major, minor).Where(kernel => kernel.Key.EndsWith($".{nameof(Pack4)}", StringComparison.Ordinal)
                || kernel.Key.StartsWith("GroupTiles.", StringComparison.Ordinal)
                || kernel.Key.StartsWith("ScreenTiles.", StringComparison.Ordinal)
                || kernel.Key is "RecheckRows.Recheck" or "RecheckPool.Recheck" or "GivenUpRows.Compute"),
        ];
        Assert.InRange(hot.Length, 20, int.MaxValue);
        Assert.All(hot, kernel => Assert.DoesNotMatch(@"\t(ld|st)\.v[24]\.", kernel.Value));
    }

    // Sixteen products for each of the two halves of a step, from six loads each: no register tile was taken apart.
    [Theory]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Bf16Product")]
    [InlineData("ScreenTiles.ScreenedLists.Screen.Tf32Product")]
    [InlineData("ScreenTiles.ScreenedPool.Screen.Bf16Product")]
    [InlineData("ScreenTiles.ScreenedPool.Screen.Tf32Product")]
    public void Ptx_of_the_screening_loop_loads_six_fragments_for_sixteen_products(string kernel)
    {
        string text = PtxOf(8, 0)[kernel];
        Assert.Equal(32, Regex.Count(text, @"\tmma\.sync"));
        Assert.Equal(12, Regex.Count(text, @"\tldmatrix\.sync"));

        // The limit that needs no call of the driver.
        int shared = Regex
            .Matches(text, @"\.shared [^\[]*\[(\d+)\]")
            .Sum(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.InRange(shared, 1, 48 * 1024);
    }

    // The targets sm_80 and sm_90 are such numbers too: nothing else depends on them.
    [Fact]
    public void Two_compilations_differ_in_nothing_but_the_numbers_in_names()
    {
        Assert.Equal(Renumber(PtxOf(8, 0)), Renumber(PtxOf(9, 0)));
        Assert.Equal(Renumber(OpenCl.Value), Renumber(CompileToOpenCl()));
    }

    [Fact]
    public void Barriers_of_OpenCl_order_shared_memory()
    {
        string[] barriers = [.. OpenCl.Value.Values
            .SelectMany(source => Regex.Matches(source, @"\bbarrier\((?<fences>[^)]*)\)"))
            .Select(match => match.Groups["fences"].Value)];

        Assert.NotEmpty(barriers);
        Assert.All(barriers, fences => Assert.Contains("CLK_LOCAL_MEM_FENCE", fences, StringComparison.Ordinal));
    }

    // What ILGPU 1.5.3 makes of "float += condition ? 1 : 0", on every device but the simulator.
    [Fact]
    public void No_kernel_has_an_integer_s_bits_for_a_float()
    {
        IEnumerable<string> found =
            from kernel in OpenCl.Value
            from Match match in Regex.Matches(kernel.Value, @"[\d.]+E-4\d+f")
            select $"{kernel.Key}: {match.Value}";
        Assert.True(!found.Any(), string.Join('\n', found));
    }

    [SkippableFact]
    public void OpenCl_of_every_kernel_is_accepted_by_clang()
    {
        string? clang = FindClang();
        Skip.If(clang is null, "This machine has no clang.");
        IReadOnlyDictionary<string, string> sources = OpenCl.Value;
        Assert.Equal(Kernels.Count, sources.Count);

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

    private static IReadOnlyDictionary<string, string> PtxOf(int major, int minor) =>
        Ptx.GetOrAdd((major, minor), _ => CompileToPtx(major, minor));

    private static IReadOnlyDictionary<string, string> CompileToPtx(int major, int minor)
    {
        using OfflineCompiler compiler = new();
        return compiler.ToPtx(CudaKernels, major, minor);
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
