using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Files;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae sweep</c>: which size of dictionary describes activations with the least information.</summary>
internal static class SweepCommand
{
    private static readonly DataInput Activations = new();

    private static readonly Option<string?> Truth = Options.Text("--truth", "FILE",
        ".safetensors file with the true directions as a 2-D tensor dictionary; adds mmcs_recall and mmcs_precision.");

    private static readonly Option<string?> Out = Options.Text("--out", "DIR",
        "Folder of the sweep: result.json, the plane of error and information (plane.svg), maps over sizes and "
        + "sparsities (maps.svg). Finished cells are files in it: the same command goes on where it was. Required.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the result as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create()
    {
        SweepChoices choices = new();
        return new Verb(
            "sweep",
            "--data PATH... --latents LIST --out DIR [options]",
            "Finds the size of dictionary that describes activations with the least information at equal error.")
            .Group("Input", Activations.Data, Activations.Tensor, Activations.AllowShort, Truth)
            .Group("Grid", choices.Latents, choices.L1, choices.K, choices.Seeds, choices.Samples, choices.Null)
            .Group("Solver", choices.Solver, choices.Restarts, choices.Bias, choices.Steps, choices.Batch,
                choices.LearningRate, choices.Seed)
            .Group("Output", Out, Json, choices.Bins)
            .Group("Device", Device, Threads)
            .Example(
                "the bounce on data with 64 true directions (see sae synth bounce)",
                "sae sweep --solver mod --data bounce.safetensors --latents 48,56,60,64,68,72,80,96,128 --out sweep")
            .Example(
                "TopK autoencoders on your activations",
                "sae sweep --data activations.safetensors --latents 256,512,1024,2048 --k 8,16,32 --out sweep")
            .Run(result => Run(result, choices));
    }

    private static int Run(ParseResult result, SweepChoices choices)
    {
        _ = Activations.RequirePaths(result);

        string path = result.GetValue(Out) ?? throw new ArgumentException(
            "--out: must name the folder of the sweep, but is missing. Write --out runs/sweep.");
        int? threads = result.GetValue(Threads);
        SweepOptions options = choices.Read(result) with { Threads = threads ?? 0 };
        options.Validate();
        using ActivationStore store = Activations.Open(result);
        UnitDirections? truth =
            result.GetValue(Truth) is string file ? TruthEvaluator.ReadDirections(file, store.DIn) : null;
        using IComputeBackend backend = DeviceChoice.Open(result.GetValue(Device), threads);
        // Small models leave cores idle: on the processor they are trained side by side, with the same bits.
        Func<IComputeBackend>? worker = backend is CpuBackend ? () => new CpuBackend(1) : null;
        using RunFolderLock taken = new(new RunFolder(path));
        SizeSweep sweep = new(backend, store, options, path, worker);
        return Sweep(sweep, options, truth, path, store, result.GetValue(Json));
    }

    private static int Sweep(
        SizeSweep sweep, SweepOptions options, UnitDirections? truth, string path, ActivationStore store, bool json)
    {
        SweepFolder folder = new(path);
        SweepResult found;
        using (Interruption interruption = new())
        {
            try
            {
                found = sweep.Run(truth, new Reporter(), interruption.Token);
            }
            catch (OperationCanceledException)
            {
                Console.Error.WriteLine(
                    $"sae: interrupted; finished cells are in {folder.Path}. Repeat the command to go on.");
                return ExitCodes.Interrupted;
            }
        }

        long vectors = Math.Min(options.Samples, store.Count);
        AtomicFile.WriteText(folder.ResultFile, found.ToJson() + "\n");
        AtomicFile.WriteText(folder.FigureFile, PlaneFigure.Draw(found, vectors));
        WriteMaps(folder);
        if (json)
        {
            Console.Out.WriteLine(found.ToJson());
        }
        else
        {
            SweepReport.Write(found, folder, vectors, store.DIn);
        }

        return ExitCodes.Done;
    }

    /// <summary>Draws the maps of a result; where they cannot be drawn the sweep is none the worse for it.</summary>
    private static void WriteMaps(SweepFolder folder)
    {
        try
        {
            SweepFile.Read(folder.Path).Maps!.WriteSvg(folder.MapsFile);
        }
        catch (FileNotFoundException fault)
        {
            Console.Error.WriteLine($"sae: {folder.MapsFile} was not drawn. {fault.Message}");
        }
    }

    /// <summary>Prints a line on standard error now and then.</summary>
    private sealed class Reporter : IProgress<SweepProgress>
    {
        private const int Lines = 20;

        public void Report(SweepProgress value)
        {
            int step = Math.Max(1, value.Cells / Lines);
            if (value.Done % step == 0 || value.Done == value.Cells)
            {
                string done = value.Stage switch
                {
                    SweepStage.Factorize => "cell",
                    SweepStage.Measure => "measured",
                    _ => "compared",
                };
                Console.Error.WriteLine($"{done} {value.Done}/{value.Cells}  {value.Last.Name}");
            }
        }
    }
}
