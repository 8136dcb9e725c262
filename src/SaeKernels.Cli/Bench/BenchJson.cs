using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>A profile as JSON.</summary>
internal static class BenchJson
{
    /// <summary>Returns everything that was measured; times in seconds, rates in a second.</summary>
    public static JsonObject Of(StepProfile profile) => new()
    {
        ["device"] = DevicesCommand.ToJson(profile.Device),
        ["shape"] = new JsonObject
        {
            ["d_in"] = profile.Shape.DIn,
            ["latents"] = profile.Shape.Latents,
            ["k"] = profile.Shape.K,
            ["batch"] = profile.Shape.Batch,
        },
        ["precision"] = Options.NameOf(profile.Encoder.Precision),
        ["candidates_per_row"] = profile.Encoder.CandidatesPerRow,
        ["allocated_bytes"] = profile.AllocatedBytes,
        ["ceilings"] = new JsonArray([.. profile.Ceilings.All.Select(Of)]),
        ["operations"] = new JsonArray([.. profile.Operations.Select(Of)]),
        ["other_operations"] = new JsonArray([.. profile.Others.Select(Of)]),
        ["step"] = Of(profile.Step),
        ["enqueue"] = Of(profile.Enqueue),
        ["upload"] = Of(profile.Upload),
        ["floor_seconds"] = profile.FloorSeconds,
        ["tokens_per_second"] = profile.TokensPerSecond,
    };

    private static JsonNode Of(DeviceCeiling ceiling) => new JsonObject
    {
        ["kind"] = Options.NameOf(ceiling.Kind),
        ["name"] = ceiling.Name,
        ["per_second"] = ceiling.PerSecond,
    };

    private static JsonNode Of(OperationProfile operation) => new JsonObject
    {
        ["operation"] = operation.Name,
        ["shape"] = operation.Cost.Shape,
        ["seconds"] = Of(operation.Seconds),
        ["flop"] = operation.Cost.Flop,
        ["least_bytes"] = operation.Cost.LeastBytes,
        ["moved_bytes"] = operation.Cost.MovedBytes,
        ["floor_seconds"] = operation.FloorSeconds,
        ["share_of_ceiling"] = operation.ShareOfCeiling,
        ["bound"] = StepProfileTable.NameOf(operation.Bound),
    };

    private static JsonObject Of(Durations seconds) => new()
    {
        ["count"] = seconds.Count,
        ["median"] = seconds.Median,
        ["min"] = seconds.Minimum,
        ["p90"] = seconds.Percentile90,
    };
}
