using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;

namespace SaeKernels.Cli;

/// <summary><c>sae devices</c>: what this machine offers to compute on.</summary>
internal static class DevicesCommand
{
    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the devices as one JSON object on standard output, and nothing else there.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "devices",
        "[options]",
        "Lists the devices of this machine and the one that --device auto takes.")
        .Group("Output", Json)
        .Example("a table", "sae devices")
        .Example("the device that auto takes, for a script", "sae devices --json | jq -r .auto")
        .Run(result => Run(result.GetValue(Json)));

    /// <summary>Returns a device as JSON.</summary>
    public static JsonObject ToJson(DeviceDescription device) => new()
    {
        ["id"] = device.Id,
        ["name"] = device.Name,
        ["memory_bytes"] = device.MemoryBytes > 0 ? device.MemoryBytes : null,
        ["compute_units"] = device.ComputeUnits,
        ["instruction_path"] = device.InstructionPath,
        ["max_group_size"] = Known(device.MaxGroupSize),
        ["warp_size"] = Known(device.WarpSize),
        ["shared_memory_bytes"] = Known(device.SharedMemoryBytes),
    };

    private static JsonNode? Known(long number) => number > 0 ? number : null;

    private static int Run(bool json)
    {
        IReadOnlyList<DeviceDescription> devices = DeviceChoice.List();
        string auto = DeviceChoice.ChooseAuto();
        if (json)
        {
            Console.Out.WriteLine(JsonText.Of(new JsonObject
            {
                ["devices"] = new JsonArray([.. devices.Select(ToJson)]),
                ["auto"] = auto,
            }));
            return ExitCodes.Done;
        }

        int width = devices.Max(device => device.Name.Length) + 2;
        Console.Out.WriteLine(
            $"  {"id",-12}{"memory",12}{"units",8}{"group",8}{"warp",8}{"shared",10}  {"name".PadRight(width)}kernels");
        foreach (DeviceDescription device in devices)
        {
            string memory = device.MemoryBytes > 0
                ? string.Create(CultureInfo.InvariantCulture, $"{device.MemoryBytes / (double)(1L << 30):F1} GiB")
                : "-";
            Console.Out.WriteLine(
                $"{(device.Id == auto ? '*' : ' ')} {device.Id,-12}{memory,12}{device.ComputeUnits,8}"
                + $"{Text(device.MaxGroupSize),8}{Text(device.WarpSize),8}{SharedText(device),10}  "
                + $"{device.Name.PadRight(width)}{device.InstructionPath}");
        }

        Console.Out.WriteLine("* is what --device auto takes.");
        return ExitCodes.Done;
    }

    private static string Text(int number) => number > 0 ? number.ToString(CultureInfo.InvariantCulture) : "-";

    private static string SharedText(DeviceDescription device) => device.SharedMemoryBytes > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{device.SharedMemoryBytes / 1024} KiB")
        : "-";
}
