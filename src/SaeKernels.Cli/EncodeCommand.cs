using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Factorization;

namespace SaeKernels.Cli;

/// <summary><c>sae encode</c>: the codes of activations, in a file as short as their description length.</summary>
internal static class EncodeCommand
{
    /// <summary>How files of codes end.</summary>
    public const string Extension = ".codes";

    private static readonly Option<string?> SaeFolder = SavedModel.CreateOption();

    private static readonly DataInput Activations = new();

    private static readonly SiteInput Sites = new();

    private static readonly Option<string?> Out = Options.Text("--out", "FILE.codes",
        "File of codes to write; one that exists is replaced. sae decode reads it. Required.");

    private static readonly Option<int?> Bins = Options.Number<int>("--bins", "N",
        "Bins of equal width that the activations of each latent are rounded to, 1 to 1048576. Default: the number of "
        + $"{string.Join(", ", PrecisionSearch.StandardBins)} with the shortest codes that --tolerance allows.");

    private static readonly Option<double?> Tolerance = Options.Number<double>("--tolerance", "SHARE",
        "The most that rounding may add to mse, as a share of it; at least 0. Default 0.05.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print what was written as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "encode",
        "--sae PATH --data PATH... --out FILE.codes [options]",
        "Writes the codes of activations with a range coder: a file as short as their description length.")
        .Group(
            "Input", SaeFolder, Activations.Data, Sites.Target, Sites.Site, Activations.Tensor, Activations.AllowShort)
        .Group("Codes", Bins, Tolerance)
        .Group("Output", Out, Json)
        .Group("Device", Device, Threads, Precision)
        .Example(
            "as few bits as 5 % more error allow",
            "sae encode --sae runs/first --data activations.safetensors --out first.codes")
        .Example("read it back", "sae decode first.codes --sae runs/first --out reconstructions.npy")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string folder = SavedModel.RequireFolder(result, SaeFolder);
        _ = Activations.RequirePaths(result);
        string output = OutputFile.Require(Out, result, Extension) ?? throw new ArgumentException(
            "--out: must name a file that ends in .codes, but is missing. Write --out first.codes.");
        double tolerance = RequireTolerance(result);
        IReadOnlyList<int> bins = result.GetValue(Bins) is int count ? [count] : PrecisionSearch.StandardBins;
        using ActivationStore store = Sites.Join(result, Activations.Open(result));
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        using Sae sae = SavedModel.Load(folder, backend);
        Sites.Require(result, SaeArchitectures.Get(sae.Config.Architecture));
        JsonObject written = PassDisplay.Run(
            store.Count,
            SaeCodes.MeasuringPasses + 1,
            progress => Write(SaeCodes.Measure(sae, store, bins, progress), output, tolerance, progress));
        if (result.GetValue(Json))
        {
            Console.Out.WriteLine(JsonText.Of(written));
        }
        else
        {
            Outline.Write(written, Console.Out);
        }

        return ExitCodes.Done;
    }

    private static double RequireTolerance(ParseResult result)
    {
        double? tolerance = result.GetValue(Tolerance);
        if (tolerance is not null && (!(tolerance >= 0) || result.GetValue(Bins) is not null))
        {
            string found = string.Create(CultureInfo.InvariantCulture, $"is {tolerance}");
            throw new ArgumentException(
                "--tolerance: must be at least 0 and left out with --bins, which fixes the precision, but "
                + $"{found}. Change it, or leave one of them out.");
        }

        // A number of bins that was asked for is taken, whatever it loses.
        return result.GetValue(Bins) is null
            ? tolerance ?? PrecisionSearch.StandardTolerance
            : double.PositiveInfinity;
    }

    private static JsonObject Write(SaeCodes codes, string path, double tolerance, IProgress<long> progress)
    {
        double most = double.IsInfinity(tolerance) ? tolerance : tolerance * codes.Mse;
        CodePrecision chosen = PrecisionSearch.Cheapest(codes.Precisions, most) ?? throw new ArgumentException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"--tolerance: must allow a precision that is tried, but of mse {codes.Mse:G6} it allows {tolerance}, "
                + $"and the finest of {codes.Precisions[^1].Bins} bins adds {codes.Precisions[^1].MseIncrease:G6}. "
                + $"Raise it, or write --bins with more bins."));
        _ = codes.Write(path, chosen, progress);
        JsonObject written = CodeInspection.Describe(path);
        written["mse"] = JsonText.Number(codes.Mse);
        written["mse_increase"] = JsonText.Number(chosen.MseIncrease);
        return written;
    }
}
