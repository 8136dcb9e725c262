using System.Text.Json.Nodes;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>
/// One training step as a trace that Perfetto and Chrome show: a row for the device, one for the host.
/// </summary>
/// <remarks>
/// Source: "Trace Event Format", Google: complete events (<c>"ph": "X"</c>) with times in microseconds, and metadata
/// events that name the rows.
/// </remarks>
internal static class BenchTrace
{
    private const int Process = 1;
    private const int DeviceRow = 1;
    private const int HostRow = 2;

    /// <summary>Writes the file.</summary>
    public static void Write(string path, StepProfile profile)
    {
        JsonArray events =
        [
            Name("process_name", 0, $"sae bench, step {profile.Shape}"),
            Name("thread_name", DeviceRow, $"device {profile.Device.Id}: {profile.Device.Name}"),
            Name("thread_name", HostRow, "host: enqueues"),
        ];
        foreach (OperationSample sample in profile.Trace)
        {
            events.Add(Event(sample, DeviceRow, sample.BeginSeconds, sample.Seconds));
            events.Add(Event(sample, HostRow, sample.HostBeginSeconds, sample.HostSeconds));
        }

        AtomicFile.WriteText(path, JsonText.Of(new JsonObject
        {
            ["traceEvents"] = events,
            ["displayTimeUnit"] = "ms",
        }));
    }

    private static JsonObject Name(string kind, int row, string name) => new()
    {
        ["name"] = kind,
        ["ph"] = "M",
        ["pid"] = Process,
        ["tid"] = row,
        ["args"] = new JsonObject { ["name"] = name },
    };

    private static JsonObject Event(OperationSample sample, int row, double begin, double seconds) => new()
    {
        ["name"] = sample.Name,
        ["cat"] = row == DeviceRow ? "device" : "host",
        ["ph"] = "X",
        ["pid"] = Process,
        ["tid"] = row,
        ["ts"] = begin * 1e6,
        ["dur"] = seconds * 1e6,
        ["args"] = new JsonObject
        {
            ["shape"] = sample.Cost.Shape,
            ["flop"] = sample.Cost.Flop,
            ["least_bytes"] = sample.Cost.LeastBytes,
            ["moved_bytes"] = sample.Cost.MovedBytes,
        },
    };
}
