using System.CommandLine;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Factorization;
using SaeKernels.Files;

namespace SaeKernels.Cli;

/// <summary><c>sae decode</c>: what a file of codes says, as numbers again.</summary>
internal static class DecodeCommand
{
    private const string CodesExtension = ".safetensors";

    private static readonly Argument<string> Subject = new("FILE.codes")
    {
        Description = "A file that sae encode wrote.",
    };

    private static readonly Option<string?> SaeFolder = Options.Text("--sae", "PATH",
        "The model that found the codes, which is checked by its hash; needed for reconstructions. Default: none.");

    private static readonly Option<string?> Out = Options.Text("--out", "FILE",
        "What to write; a file that exists is replaced. .npy: reconstructions [vectors, DOut]. .safetensors: the codes "
        + "as code_offsets, code_latents, code_values. Default: nothing, the codes are read and checked.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print what was read as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "decode",
        "FILE.codes [--sae PATH] [--out FILE] [options]",
        "Reads codes that sae encode wrote: checks them, or writes them or their reconstructions.")
        .Group("Input", Subject, SaeFolder)
        .Group("Output", Out, Json)
        .Group("Device", Device, Threads)
        .Example("is the file whole", "sae decode first.codes")
        .Example("reconstructions", "sae decode first.codes --sae runs/first --out reconstructions.npy")
        .Example("the codes themselves", "sae decode first.codes --out codes.safetensors")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string codes = result.GetRequiredValue(Subject);
        string? folder = result.GetValue(SaeFolder);
        string? output = RequireOutput(result.GetValue(Out), folder, codes);
        JsonObject description = CodeInspection.Describe(codes);
        if (folder is not null)
        {
            using IComputeBackend backend = DeviceChoice.Open(result.GetValue(Device), result.GetValue(Threads));
            using Sae sae = SavedModel.Load(folder, backend);
            RequireModel(codes, sae);
            Write(codes, output, sae);
        }
        else
        {
            Write(codes, output, null);
        }

        if (output is not null)
        {
            description["written"] = output;
        }

        if (result.GetValue(Json))
        {
            Console.Out.WriteLine(JsonText.Of(description));
        }
        else
        {
            Outline.Write(description, Console.Out);
        }

        return ExitCodes.Done;
    }

    /// <summary>Checks the output before any work is done for it.</summary>
    private static string? RequireOutput(string? path, string? folder, string codes)
    {
        if (path is null)
        {
            return null;
        }

        string extension = Path.GetExtension(path);
        if (extension is not (CodesExtension or NpyFile.Extension))
        {
            throw new ArgumentException(
                $"--out: must name a file that ends in .npy or .safetensors, but is {path}. Write --out "
                + "reconstructions.npy.");
        }

        if (extension == NpyFile.Extension && folder is null)
        {
            throw new ArgumentException(
                "--sae: must name the model for reconstructions, but is missing. Write --sae runs/first, or --out "
                + "codes.safetensors for the codes themselves.");
        }

        _ = AtomicFile.RequireFolder(path);
        OutputFile.RequireNotRead(path, [codes]);
        return path;
    }

    private static void RequireModel(string codes, Sae sae)
    {
        using CodeFileReader reader = CodeFileReader.Open(codes);
        reader.RequireModel(sae);
    }

    private static void Write(string codes, string? output, Sae? sae)
    {
        if (output is null)
        {
            DecodedCodes.Check(codes);
        }
        else if (Path.GetExtension(output) == NpyFile.Extension)
        {
            DecodedCodes.WriteReconstructions(codes, sae!, output);
        }
        else
        {
            DecodedCodes.WriteCodes(codes, output);
        }
    }
}
