using System.Globalization;
using System.Reflection;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>What every row of results begins with: when, what, where and how.</summary>
internal sealed class ResultKey(ExecutionMode mode, StepShape shape, int threads, string processor)
{
    private const int CommitLength = 7;
    private readonly string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    private readonly string commit = Commit();

    /// <summary>The shape of the step.</summary>
    public StepShape Shape { get; } = shape;

    /// <summary>All columns in their order.</summary>
    public IEnumerable<(string Name, object? Value)> Columns() =>
    [
        ("date", this.date),
        ("commit", this.commit),
        ("processor", processor),
        ("threads", threads),
        ("instructions", mode.Instructions),
        ("allocator", mode.Allocator),
        ("d_in", this.Shape.DIn),
        ("d_sae", this.Shape.Latents),
        ("k", this.Shape.K),
        ("batch", this.Shape.Batch),
    ];

    public override string ToString() =>
        $"{this.Shape} on {processor}, {threads} threads, instructions {mode.Instructions}, "
        + $"allocator {mode.Allocator}";

    // The build writes "0.1.0+<commit>".
    private static string Commit()
    {
        string version = typeof(ResultKey).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        string commit = version[(version.IndexOf('+', StringComparison.Ordinal) + 1)..];
        return commit[..Math.Min(commit.Length, CommitLength)];
    }
}
