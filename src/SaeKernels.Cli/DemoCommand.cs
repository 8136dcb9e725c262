using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Report;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae demo</c>: from word vectors to latents that mean something, without any input.</summary>
internal static class DemoCommand
{
    private static readonly TrainingOptions Configuration = new()
    {
        Latents = 1024,
        K = 12,
        Batch = 1024,
        Tokens = 700_000,
        LearningRate = 1e-3,
        Holdout = 0.1,
    };

    private static readonly Option<string?> Out = Options.Text("--out", "RUN",
        "Folder of the run. An earlier demo there is replaced. Default: runs/demo.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "demo",
        "[options]",
        "Trains on 20,000 word vectors that come with the repository and shows what the latents mean, "
        + "in less than a minute.")
        .Group("Output", Out)
        .Group("Device", Device, Threads)
        .Example("the whole thing", "sae demo")
        .Example("elsewhere, on two threads", "sae demo --out /tmp/demo --threads 2")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        DemoSample sample = DemoSample.Find();
        string folder = result.GetValue(Out) ?? Path.Combine("runs", "demo");
        using ActivationStore store = ActivationStore.Open([sample.Folder]);
        sample.RequireWords(store.Count);
        RequireOwn(folder, store);
        using IComputeBackend backend = DeviceChoice.Open(result.GetValue(Device), result.GetValue(Threads));
        Console.Error.WriteLine(
            $"20,000 English words as vectors of 100 numbers each: a sparse autoencoder learns "
            + $"{Configuration.Latents} directions, of which {Configuration.K} describe a word.");
        return TrainingRun.Execute(
            folder,
            () => TrainingSession.Start(backend, store, Configuration, folder, replace: true),
            CommandText.Of("train", "--resume", "--out", folder),
            run => Report(run, sample, store, backend));
    }

    /// <summary>Throws where the folder holds a run that is not the demo's.</summary>
    private static void RequireOwn(string folder, ActivationStore store)
    {
        RunFolder run = new(folder);
        if (run.HoldsRun
            && !(File.Exists(run.RunFile) && IsDemo(RunRecord.Read(run.RunFile), store)))
        {
            throw new ArgumentException(
                $"{folder}: may hold an earlier demo, which is replaced, but holds another run. Choose another --out, "
                + "or remove that run.");
        }
    }

    // Plans hold lists, which records compare by reference: their text says whether they are equal.
    private static bool IsDemo(RunRecord record, ActivationStore store)
    {
        TrainingPlan plan = TrainingPlan.Create(Configuration, store.DIn, record.Data.TrainingVectors);
        return record.ToJson() == (record with { Plan = plan }).ToJson()
            && record.Data.Hash == store.ComputeHash(record.Data.HashMode);
    }

    private static void Report(TrainingRun run, DemoSample sample, ActivationStore store, IComputeBackend backend)
    {
        using Sae sae = SaeLensLayout.Load(run.Folder.Path, backend);
        DemoFeatures.Write(DemoFeatures.Choose(sae, store), sample.Words, Console.Out);
        Console.Out.WriteLine();
        run.WriteSummary();
        Console.Out.WriteLine($"browse:   {WriteBrowser(run.Folder.Path, sample, store, sae)}");
        Console.Out.WriteLine($"next:     {CommandText.Of("info", run.Folder.Path)}");
        string larger = CommandText.Of(
            "train", "--data", sample.Folder, "--out", Path.Combine("runs", "first"), "--latents", "4096", "--k", "8");
        Console.Out.WriteLine($"          {larger}");
    }

    private static string WriteBrowser(string folder, DemoSample sample, ActivationStore store, Sae sae)
    {
        ReportInput input = new()
        {
            Sae = sae,
            Data = StoreSource.Of(store),
            Rows = RowTexts.Words(sample.Words),
            Title = "20,000 English words",
            About = RunFacts.About(folder, sae, store),
            Figures = RunFacts.Figures(sae, store),
            Curves = RunFacts.Curves(folder),
        };
        string page = Path.Combine(folder, "report.html");
        FeatureReport.Build(input, new ReportOptions { Documents = int.MaxValue }).WritePage(page);
        return page;
    }
}
