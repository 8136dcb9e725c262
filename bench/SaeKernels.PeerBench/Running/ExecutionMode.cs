namespace SaeKernels.PeerBench;

/// <summary>How a measuring process is set up: which allocator and which instructions both sides find.</summary>
/// <param name="Name">What the command line calls it.</param>
/// <param name="Allocator">How the C library hands out memory.</param>
/// <param name="Instructions">Which vector instructions may be used.</param>
/// <param name="Variables">The environment that brings it about.</param>
/// <param name="Keeps">Which peers are worth their time in it.</param>
internal sealed record ExecutionMode(
    string Name,
    string Allocator,
    string Instructions,
    IReadOnlyDictionary<string, string> Variables,
    Predicate<string> Keeps)
{
    /// <summary>Everything as it comes.</summary>
    public static ExecutionMode Plain { get; } =
        new("default", "default", "native", new Dictionary<string, string>(), _ => true);

    /// <summary>
    /// glibc keeps large blocks instead of returning them to the system: libtorch allocates its batch × DSae tensors
    /// anew each step, and finds the pages there. Ours allocates nothing in a step.
    /// </summary>
    public static ExecutionMode Tuned { get; } = new(
        "tuned",
        "tuned",
        "native",
        new Dictionary<string, string>
        {
            ["MALLOC_MMAP_MAX_"] = "0",
            ["MALLOC_TRIM_THRESHOLD_"] = "8589934592",
            ["MALLOC_TOP_PAD_"] = "536870912",
        },
        peer => IsTopK(peer) && peer.EndsWith("-fused", StringComparison.Ordinal));

    /// <summary>AVX-512 switched off on both sides.</summary>
    public static ExecutionMode Avx2 { get; } = new(
        "avx2",
        "default",
        "avx2",
        new Dictionary<string, string>
        {
            ["DOTNET_EnableAVX512"] = "0",
            ["ATEN_CPU_CAPABILITY"] = "avx2",
            ["MKL_ENABLE_INSTRUCTIONS"] = "AVX2",
            ["ONEDNN_MAX_CPU_ISA"] = "AVX2",
        },
        peer => IsTopK(peer) && peer.EndsWith("-fp32-fused", StringComparison.Ordinal));

    /// <summary>Every mode.</summary>
    public static IReadOnlyList<ExecutionMode> All { get; } = [Plain, Tuned, Avx2];

    /// <summary>Finds a mode by its name.</summary>
    /// <exception cref="ArgumentException">There is no such mode.</exception>
    public static ExecutionMode Get(string name) =>
        All.FirstOrDefault(mode => mode.Name == name) ?? throw new ArgumentException(
            $"--modes: a mode must be one of {string.Join(", ", All.Select(mode => mode.Name))}, but is '{name}'. "
            + "Name one of these.");

    private static bool IsTopK(string peer) => !peer.StartsWith("relu", StringComparison.Ordinal);
}
