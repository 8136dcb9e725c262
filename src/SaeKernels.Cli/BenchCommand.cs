using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae bench</c>: where the time of a training step goes, and what the device could do.</summary>
internal static class BenchCommand
{
    private const int LeastRepeats = 30;

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    private static readonly Option<string?> Shape = Options.Text("--shape", "NAME|D,N,K,BATCH",
        $"Sizes of the step: {BenchShapes.Help}, or width, latents, k and batch as numbers. Default: tiny for "
        + "ilgpu-cpu, small for cpu, gpu for others.");

    private static readonly Option<double?> Dead = Options.Number<double>("--dead", "SHARE",
        "Share of latents that are dead, from 0 to below 1: the work of AuxK. Default: 0.");

    private static readonly Option<int?> Repeats = Options.Number<int>("--repeats", "N",
        "Timed steps, at least 30. Default: 30.");

    private static readonly Option<string?> Csv = Options.Text("--csv", "FILE",
        "Add a row for each operation and one for the step to this table.");

    private static readonly Option<string?> Trace = Options.Text("--trace", "FILE",
        "Write one step as a trace, to be opened at ui.perfetto.dev or chrome://tracing.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print what was measured as one JSON object on standard output, and nothing else there.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "bench",
        "[options]",
        "Times every operation of a TopK training step on made-up data, beside what the device can do at best.")
        .Group("Device", Device, Threads, Precision)
        .Group("Step", Shape, Dead, Repeats)
        .Group("Output", Csv, Trace, Json)
        .Example("the device that auto takes", "sae bench")
        .Example("a large step on the processor, kept in a table", "sae bench --device cpu --shape 512 --csv bench.csv")
        .Example("a step as a picture", "sae bench --trace step.json")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        int repeats = result.GetValue(Repeats) ?? LeastRepeats;
        if (repeats < LeastRepeats)
        {
            throw new ArgumentException(
                $"--repeats: must be at least {LeastRepeats}, but is {repeats}. A median of fewer says little.");
        }

        double dead = result.GetValue(Dead) ?? 0;
        if (!(dead >= 0 && dead < 1))
        {
            throw new ArgumentException(
                $"--dead: must be from 0 to below 1, but is {dead}. Give a share such as 0.05.");
        }

        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        if (backend is not IMeasurableDevice)
        {
            throw new ArgumentException(
                $"--device: must be a device with ceilings to compare with, but is {backend.Device.Id}, which is made "
                + "to be right and not fast. Choose another.");
        }

        StepShape shape = BenchShapes.Parse(result.GetValue(Shape), backend.Device.Id);
        Console.Error.WriteLine($"device: {backend.Device.Id}, {backend.Device.Name}; step {shape}");
        StepProfile profile = StepProfiler.Run(backend, shape, repeats, dead);
        Write(result, profile);
        return ExitCodes.Done;
    }

    private static void Write(ParseResult result, StepProfile profile)
    {
        if (result.GetValue(Csv) is string csv)
        {
            string[] words = [.. result.Tokens.Select(token => token.Value)];
            StepProfileTable.Append(csv, profile, $"sae {string.Join(' ', words)}");
        }

        if (result.GetValue(Trace) is string trace)
        {
            BenchTrace.Write(trace, profile);
        }

        if (result.GetValue(Json))
        {
            Console.Out.WriteLine(JsonText.Of(BenchJson.Of(profile)));
        }
        else
        {
            BenchTable.Write(profile);
        }
    }
}
