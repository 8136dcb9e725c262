using System.CommandLine;
using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae eval</c>: the figures of a trained model on given data.</summary>
internal static class EvalCommand
{
    private static readonly Option<string?> SaeFolder = SavedModel.CreateOption();

    private static readonly DataInput Activations = new();

    private static readonly SiteInput Sites = new();

    private static readonly Option<string?> Truth = Options.Text("--truth", "FILE",
        ".safetensors file with the true directions as a 2-D tensor dictionary [directions, width], or a manifest of "
        + "sae synth; adds mmcs_recall, mmcs_precision, mcc and what random ones score, and where it has the true "
        + "codes of the data precision, recall, f1 and uniqueness.");

    private static readonly Option<string[]> Require = Options.Texts("--require", "BAR",
        "Bar that a figure must clear, such as \"fvu<=0.2\" (<= < >= > ==); exit 1 where one is missed. May be "
        + "repeated.");

    private static readonly Option<bool> Information = Options.Flag("--information",
        "Go over the data three times more and add description length (codes, bound, dictionary, dense and one-hot "
        + "baselines) and total information, with the edges of its histograms. Default: neither.");

    private static readonly Option<string?> Shares = Options.Text("--site-shares", "FILE.csv",
        "File that receives how much of each latent of a crosscoder lies in each site. Default: none.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the figures as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "eval",
        "--sae PATH --data PATH... [options]",
        "Measures a trained sparse autoencoder on activations.")
        .Group(
            "Input", SaeFolder, Activations.Data, Sites.Target, Sites.Site, Activations.Tensor, Activations.AllowShort,
            Truth)
        .Group("Output", Information, Require, Shares, Json)
        .Group("Device", Device, Threads, Precision)
        .Example("all figures", "sae eval --sae runs/first --data activations.safetensors")
        .Example(
            "a check for a script: exit 1 unless both bars are cleared",
            "sae eval --sae runs/first --data activations.safetensors --require \"fvu<=0.2\" --require \"l0<=16\"")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string folder = SavedModel.RequireFolder(result, SaeFolder);
        _ = Activations.RequirePaths(result);

        string? table = OutputFile.Require(Shares, result);
        string? truth = result.GetValue(Truth);
        List<Requirement> bars =
            [.. (result.GetValue(Require) ?? []).Select(text => Requirement.Parse(text, EvaluationFigures.Names))];
        EvaluationFigures.RequireAvailable(bars, truth is not null, result.GetValue(Information));
        using ActivationStore store = Sites.Join(result, Activations.Open(result));
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        using Sae sae = SavedModel.Load(folder, backend);
        SaeArchitecture architecture = SaeArchitectures.Get(sae.Config.Architecture);
        Sites.Require(result, architecture);
        RequireSites(table, architecture);
        EvaluationResult figures = SaeEvaluator.Evaluate(
            sae, store, RowSet.All(store), variants: new PublishedVariantsMetric(sae.Config.DOut));
        if (truth is not null)
        {
            figures = TruthEvaluator.Compare(figures, sae, truth, store, RowSet.All(store));
        }

        if (table is not null)
        {
            figures.Shares!.WriteTable(table);
        }

        InformationFigures? information = result.GetValue(Information) ? Describe(sae, store) : null;
        Write(figures, information, result.GetValue(Json));
        return ReportBars(EvaluationFigures.Of(figures, information).ToDictionary(), bars);
    }

    private static InformationFigures Describe(Sae sae, ActivationStore store) => PassDisplay.Run(
        store.Count,
        InformationFigures.Passes,
        progress => InformationFigures.Of(
            SaeCodes.Measure(sae, store, PrecisionSearch.StandardBins, progress), sae, progress: progress));

    private static void RequireSites(string? table, SaeArchitecture architecture)
    {
        if (table is not null && !architecture.HasSites)
        {
            throw new ArgumentException(
                $"--site-shares: must be left out for {architecture.Id}, which has one site, but is {table}. Leave it "
                + "out.");
        }
    }

    private static void Write(EvaluationResult figures, InformationFigures? information, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(figures.ToJson(information));
            return;
        }

        foreach ((string name, double value) in EvaluationFigures.Of(figures, information))
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-51}{value:G6}"));
        }

        foreach ((int site, SiteFigures own) in (figures.Sites ?? []).Index())
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"site {site} ({own.Width} wide): fvu {own.Fvu:G6}, cosine {own.Cosine:G6}, mean_decoder_share "
                + $"{own.MeanDecoderShare:G6}"));
        }
    }

    private static int ReportBars(Dictionary<string, double> values, List<Requirement> bars)
    {
        List<Requirement> missed = bars.FindAll(bar => !bar.IsMetBy(values[bar.Figure]));
        foreach (Requirement bar in missed)
        {
            Console.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"sae: missed {bar}: {bar.Figure} is {values[bar.Figure]:R}."));
        }

        return missed.Count > 0 ? ExitCodes.BarMissed : ExitCodes.Done;
    }
}
