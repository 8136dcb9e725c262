using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;
using SaeKernels.Reference;

namespace SaeKernels.Cli;

/// <summary><c>sae verify</c>: every kernel of a device against exact results.</summary>
internal static class VerifyCommand
{
    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    private static readonly Option<VerificationScale?> Scale = Options.Choice<VerificationScale>(
        "--scale", "small|full",
        "Sizes of the shapes. Default: small for ilgpu-cpu, full for others.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the results as one JSON object on standard output, and nothing else there.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "verify",
        "[options]",
        "Compares every kernel of a device with exact results; exit 1 where an error is over its bound.")
        .Group("Device", Device, Threads, Precision)
        .Group("Work and output", Scale, Json)
        .Example("the device that auto takes", "sae verify")
        .Example("the GPU kernels, without a GPU", "sae verify --device ilgpu-cpu --scale small")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        VerificationScale scale = result.GetValue(Scale)
            ?? (backend.Device.Id == IlgpuDevices.SimulatorId ? VerificationScale.Small : VerificationScale.Full);
        bool json = result.GetValue(Json);
        Console.Error.WriteLine(
            $"device: {backend.Device.Id}, {backend.Device.Name}, {backend.Device.InstructionPath}");
        if (!json)
        {
            Console.Out.WriteLine($"{"operation",-22}{"error",10}{"bound",10}{"share",8}  shape");
        }

        Action<VerificationResult>? report = json ? null : WriteRow;
        IReadOnlyList<VerificationResult> results =
            [.. KernelVerification.Run(backend, scale, report), .. ProbeTensorCores(backend, scale, report)];
        int failed = results.Count(row => !row.Passed);
        if (json)
        {
            Console.Out.WriteLine(JsonText.Of(ToJson(backend.Device, scale, results)));
        }
        else
        {
            Console.Out.WriteLine($"{results.Count} checks, {failed} over their bound.");
        }

        foreach (VerificationResult row in results.Where(row => !row.Passed))
        {
            Console.Error.WriteLine(
                $"sae: {row.Operation}, {row.Shape}: {row.Detail ?? "the error is over its bound."}");
        }

        return failed > 0 ? ExitCodes.BarMissed : ExitCodes.Done;
    }

    private static IEnumerable<VerificationResult> ProbeTensorCores(
        IComputeBackend backend, VerificationScale scale, Action<VerificationResult>? report)
    {
        int randomProducts = scale == VerificationScale.Small ? 16 : 1000;
        foreach (TensorCoreProbe probe in (backend as IlgpuBackend)?.ProbeTensorCores(randomProducts) ?? [])
        {
            string? detail = probe.Holds
                ? null
                : "the sums are worse than the exact modes of the encoder assume; they use float32 on this device.";
            VerificationResult row = new(
                "TensorCores", probe.Instruction, probe.WorstRatio, 1, probe.WorstRatio, probe.Holds, detail)
            {
                Outputs = [],
            };
            report?.Invoke(row);
            yield return row;
        }
    }

    private static void WriteRow(VerificationResult row) => Console.Out.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{row.Operation,-22}{row.WorstError,10:G3}{row.Bound,10:G3}{row.WorstRatio,8:P0}  "
        + $"{row.Shape}{(row.Passed ? string.Empty : "  FAILED")}"));

    private static JsonObject ToJson(
        DeviceDescription device, VerificationScale scale, IReadOnlyList<VerificationResult> results)
    {
        return new JsonObject
        {
            ["device"] = DevicesCommand.ToJson(device),
            ["scale"] = scale == VerificationScale.Small ? "small" : "full",
            ["passed"] = results.All(row => row.Passed),
            ["checks"] = new JsonArray([.. results.Select(ToJson)]),
        };
    }

    private static JsonObject ToJson(VerificationResult row) => new()
    {
        ["operation"] = row.Operation,
        ["shape"] = row.Shape,
        ["worst_error"] = JsonText.Number(row.WorstError),
        ["bound"] = JsonText.Number(row.Bound),
        ["worst_ratio"] = JsonText.Number(row.WorstRatio),
        ["passed"] = row.Passed,
        ["detail"] = row.Detail,
    };
}
