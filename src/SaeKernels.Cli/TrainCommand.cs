using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae train</c>: trains a sparse autoencoder on activations.</summary>
internal static class TrainCommand
{
    /// <summary>Describes the verb.</summary>
    public static Command Create()
    {
        TrainOptions options = new();
        return options
            .AddTo(new Verb(
                "train", "--data PATH... --out RUN [options]",
                "Trains a sparse autoencoder on activations and evaluates it on held-out data."))
            .Example(
                "1024 latents, 16 active for each vector",
                "sae train --data activations.safetensors --out runs/first --latents 1024 --k 16")
            .Example(
                "each combination of values that grid.json lists, side by side",
                "sae train --data activations.safetensors --out runs/grid --grid grid.json")
            .Example("continue a run that was interrupted", "sae train --resume --out runs/first")
            .Run(result => Run(options, result));
    }

    private static int Run(TrainOptions options, ParseResult typed)
    {
        ParseResult result = typed.GetValue(options.Config) is string config
            ? ConfigFile.Merge(config, typed, Excluding)
            : typed;
        string folder = result.GetValue(options.Out) ?? throw new ArgumentException(
            "--out: must name the folder of the run, but is missing. Write --out runs/first.");
        bool isResumed = result.GetValue(options.Resume);
        return result.GetValue(options.Grid) is string || (isResumed && TrainingGrid.IsIn(folder))
            ? TrainingGrid.Run(options, result, folder)
            : isResumed ? Resume(options, result, folder) : Start(options, result, folder);

        // The one that is typed replaces the other one of the file.
        static string? Excluding(string option) =>
            option switch { "--tokens" => "--steps", "--steps" => "--tokens", _ => null };
    }

    private static int Start(TrainOptions options, ParseResult result, string folder)
    {
        string[] paths = result.GetValue(options.Data) ?? [];
        if (paths.Length == 0)
        {
            throw new ArgumentException(
                "--data: must name activations, but is missing. Write --data activations.safetensors.");
        }

        bool force = result.GetValue(options.Force);
        if (new RunFolder(folder).HoldsRun && !force)
        {
            throw new ArgumentException(
                $"{folder}: must not hold a run, but does. Continue it with --resume, replace it with --force, or "
                + "choose another --out.");
        }

        TrainingOptions chosen = options.Read(result);
        options.Sites.Require(result, SaeArchitectures.Get(chosen.Architecture));
        ActivationStoreOptions reading = new()
        {
            TensorName = result.GetValue(options.Tensor),
            AllowShort = result.GetValue(options.AllowShort),
        };
        using ActivationStore store = options.Sites.Join(result, ActivationStore.Open(paths, reading));
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(options.Device), result.GetValue(options.Threads), result.GetValue(options.Precision));
        HashMode hash = result.GetValue(options.Hash) ?? HashMode.Sampled;
        return TrainingRun.Execute(
            folder,
            () => TrainingSession.Start(backend, store, chosen, folder, hash, force),
            Continuation.Line(options, result, folder),
            outcome => Report(outcome, result.GetValue(options.Json)));
    }

    private static int Resume(TrainOptions options, ParseResult result, string folder)
    {
        options.RequireNothingSettled(result);
        RunRecord record = RunRecord.Read(new RunFolder(folder).RunFile);
        using ActivationStore store = Continuation.Open(options, result, record);
        string? device = result.GetValue(options.Device);
        using IComputeBackend backend = DeviceChoice.Open(
            device,
            result.GetValue(options.Threads),
            DeviceChoice.Continue(device, record.Encoder.Precision));
        return TrainingRun.Execute(
            folder,
            () => TrainingSession.Resume(backend, store, folder),
            Continuation.Line(options, result, folder),
            outcome => Report(outcome, result.GetValue(options.Json)));
    }

    private static void Report(TrainingRun run, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(run.Evaluation is null ? "{}" : run.Evaluation.ToJson());
            return;
        }

        run.WriteSummary();
        Console.Out.WriteLine($"next:     {CommandText.Of("info", run.Folder.Path)}");
        string check = CommandText.Of(
        [
            "eval", "--sae", run.Folder.Path, "--data", .. run.Data.Paths, .. SiteInput.Arguments(run), "--require",
            "fvu<=0.2",
        ]);
        Console.Out.WriteLine($"          {check}");
    }
}
