using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Training;

/// <summary>The data of a run, as <c>run.json</c> keeps it.</summary>
/// <param name="Paths">The files and folders, as they were given.</param>
/// <param name="Tensor">The tensor that was chosen; null for the usual one.</param>
/// <param name="AllowShort">Whether a truncated last shard was allowed.</param>
/// <param name="Vectors">The vectors of the whole data.</param>
/// <param name="TrainingVectors">The vectors that are not held out.</param>
/// <param name="HashMode">What the hash covers.</param>
/// <param name="Hash">SHA-256 in hexadecimal digits.</param>
public sealed record RunData(
    IReadOnlyList<string> Paths,
    string? Tensor,
    bool AllowShort,
    long Vectors,
    long TrainingVectors,
    HashMode HashMode,
    string Hash)
{
    /// <summary>
    /// The further sites whose vectors belong to those of <see cref="Paths"/> row by row: what a transcoder
    /// reconstructs, or the others of a crosscoder; none elsewhere.
    /// </summary>
    public IReadOnlyList<RunSite> OtherSites { get; init; } = [];
}

/// <summary>One further site of a run's data.</summary>
/// <param name="Paths">The files and folders, as they were given.</param>
/// <param name="Tensor">The tensor that was chosen; null for the usual one.</param>
public sealed record RunSite(IReadOnlyList<string> Paths, string? Tensor);

/// <summary>What <c>run.json</c> holds: all that determines a run, and on what it ran.</summary>
public sealed record RunRecord
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>The version of SaeKernels that began the run.</summary>
    public required string Version { get; init; }

    /// <summary>The .NET runtime and operating system that began the run.</summary>
    public required string Platform { get; init; }

    /// <summary>The device that began the run.</summary>
    public required DeviceDescription Device { get; init; }

    /// <summary>
    /// The arithmetic that selects latents, and since the run was begun or resumed what low precision left to float32.
    /// </summary>
    public required EncoderReport Encoder { get; init; }

    /// <summary>The data.</summary>
    public required RunData Data { get; init; }

    /// <summary>The run with every number settled.</summary>
    public required TrainingPlan Plan { get; init; }

    /// <summary>The version of this library.</summary>
    public static string LibraryVersion =>
        typeof(RunRecord).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "unknown";

    /// <summary>Describes a run on this machine.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="data">The data.</param>
    /// <param name="plan">The run.</param>
    public static RunRecord Create(IComputeBackend backend, RunData data, TrainingPlan plan) => new()
    {
        Version = LibraryVersion,
        Platform = $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, "
            + $"{RuntimeInformation.ProcessArchitecture}",
        Device = backend.Device,
        Encoder = backend.ReadEncoderReport(),
        Data = data,
        Plan = plan,
    };

    /// <summary>Reads a <c>run.json</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    /// <exception cref="InvalidDataException">The file is not a run's record.</exception>
    public static RunRecord Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path}: must be there to resume a run, but is not. Name the folder of a run, or start it "
                + "again in its place.", path);
        }

        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(path), Json)
                ?? throw new JsonException("it is null");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{path}: must be the record of a run, but cannot be read: {exception.Message} Start the run again.",
                exception);
        }
    }

    /// <summary>Whether this is the record of a run of a plan.</summary>
    /// <param name="plan">The plan.</param>
    public bool IsOf(TrainingPlan plan) => ToJson(plan) == ToJson(this.Plan);

    /// <summary>Returns a plan as JSON, the same for equal plans.</summary>
    /// <param name="plan">The plan.</param>
    internal static string ToJson(TrainingPlan plan) => JsonSerializer.Serialize(plan, Json);

    /// <summary>Returns the plan that was written as JSON; null where the text is none.</summary>
    /// <param name="json">The text.</param>
    internal static TrainingPlan? PlanOf(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingPlan>(json, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Returns the record as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Writes the record.</summary>
    /// <param name="path">The file.</param>
    public void Write(string path) => AtomicFile.WriteText(path, ToJson() + "\n");
}
