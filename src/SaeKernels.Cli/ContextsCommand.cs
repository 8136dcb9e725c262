using System.CommandLine;
using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae contexts</c>: how latents go together with kinds of text and with labels of your own.</summary>
internal static class ContextsCommand
{
    private static readonly Option<string?> SaeFolder = SavedModel.CreateOption();

    private static readonly DataInput Activations = new("Contexts score its token_ids.");

    private static readonly Option<string?> Vocabulary = Options.Text("--vocab", "FILE",
        "Texts of the tokens: a JSON list, a JSON object of text and number, or a piece a line. Needed by contexts of "
        + "characters.");

    private static readonly Option<string[]> Contexts = Options.Texts("--context", "NAME",
        $"{string.Join(", ", ContextChoice.BuiltIn)}, NAME=chars:LETTERS for a set of your own, or NAME=unigrams:FILE "
        + "with a line 'TOKEN COUNT' a token. Default: all of the first kind where there is --vocab, else none.");

    private static readonly Option<string?> Labels = Options.Text("--labels", "FILE",
        "A label for each vector: a line of text each, empty for none, or a .safetensors or .npy file with whole "
        + "numbers in a tensor labels, negative for none.");

    private static readonly Option<string?> Out = Options.Text("--out", "FILE",
        ".csv with a row for each context or label and latent. Required.");

    private static readonly Option<string?> Distributions = Options.Text("--distributions", "FILE",
        ".json with the stacked, conditional and expected-value distributions and the specificity curve of the latents "
        + "that correlate most. Default: no file.");

    private static readonly Option<int?> Top = Options.Number<int>("--top", "N",
        "How many such latents for each context or label, at least 1. Default: 10.");

    private static readonly Option<int?> Bins = Options.Number<int>("--bins", "N",
        "Bins of activations in the distributions, 1 to 1000. Default: 50.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the strongest latent of each as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "contexts",
        "--sae PATH --data PATH... --out FILE [options]",
        "Tells which latents respond to a kind of text, such as base64 or Arabic, or to labels of your own.")
        .Group("Input", SaeFolder, Activations.Data, Activations.Tensor, Activations.AllowShort, Vocabulary, Contexts,
            Labels)
        .Group("Output", Out, Distributions, Top, Bins, Json)
        .Group("Device", Device, Threads, Precision)
        .Example(
            "tokens with known contexts (see sae synth tokens)",
            "sae contexts --sae runs/first --data tokens.safetensors --vocab tokens.vocab.json --out contexts.csv")
        .Example(
            "labels of your own, a line a vector",
            "sae contexts --sae runs/first --data activations.safetensors --labels labels.txt --out labels.csv")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string folder = SavedModel.RequireFolder(result, SaeFolder);
        _ = Activations.RequirePaths(result);
        string[] names = result.GetValue(Contexts) ?? [];
        string? vocabulary = result.GetValue(Vocabulary);
        ContextChoice.Require(names, vocabulary is not null);
        string output = OutputFile.Require(Out, result) ?? throw new ArgumentException(
            "--out: must name a file that ends in .csv, but is missing. Write --out contexts.csv.");
        string? distributions = OutputFile.Require(Distributions, result, ".json");
        foreach (string written in new[] { output, distributions }.OfType<string>())
        {
            OutputFile.RequireNotRead(written, [vocabulary, result.GetValue(Labels)]);
        }

        (int top, int bins) = (InRange(Top, result, 10, int.MaxValue), InRange(Bins, result, 50, 1000));
        if (names.Length == 0 && vocabulary is null && result.GetValue(Labels) is null)
        {
            throw new ArgumentException(
                "--vocab, --context, --labels: at least one must be given, but none is. Write --vocab vocab.json or "
                + "--labels labels.txt.");
        }

        using ActivationStore store = Activations.Open(result);
        TokenLabels? labels = result.GetValue(Labels) is string file ? TokenLabels.Read(file, store.Count) : null;
        IReadOnlyList<TokenContext> contexts = ContextChoice.Read(names, store, vocabulary);
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        using Sae sae = SavedModel.Load(folder, backend);
        IReadOnlyList<LabelGroup> groups = Begin(sae.Config.DSae, contexts, labels);
        VectorSource source = StoreSource.Of(store);
        IReadOnlyList<float> maxima = PassDisplay.Run(
            source.Count,
            distributions is null ? 1 : 2,
            progress =>
            {
                IReadOnlyList<float> found = new ContextPass { Progress = progress }
                    .Run(sae, source, [.. groups.Select(group => group.Found).Distinct()]).Maxima;
                if (distributions is not null)
                {
                    ContextFiles.WriteDistributions(
                        distributions, Distribute(sae, source, groups, found, top, bins, progress));
                }

                return found;
            });
        ContextFiles.WriteTable(output, groups, maxima);
        Print(groups, source.Count, result.GetValue(Json));
        return ExitCodes.Done;
    }

    private static int InRange(Option<int?> option, ParseResult result, int standard, int most)
    {
        int number = result.GetValue(option) ?? standard;
        return number >= 1 && number <= most
            ? number
            : throw new ArgumentException(
                $"{option.Name}: must be from 1 to {most}, but is {number}. Write {option.Name} {standard}.");
    }

    private static IReadOnlyList<LabelGroup> Begin(
        int latents, IReadOnlyList<TokenContext> contexts, TokenLabels? labels)
    {
        IEnumerable<LabelGroup> groups = contexts.Select(context => new LabelGroup(
            "context",
            context.Name,
            new LabelledActivations(latents, context),
            0,
            (chosen, maxima, bins) => new ConditionalActivations(context, chosen, maxima, bins)));
        if (labels is null)
        {
            return [.. groups];
        }

        LabelledActivations found = new(latents, labels.Names.Count, labels.Of);
        return
        [
            .. groups,
            .. labels.Names.Select((name, number) => new LabelGroup(
                "label",
                name,
                found,
                number,
                (chosen, maxima, bins) => ConditionalActivations.OfLabel(
                    name, row => labels.Of(row) == number, chosen, maxima, bins))),
        ];
    }

    private static ConditionalActivations[] Distribute(
        Sae sae,
        VectorSource source,
        IReadOnlyList<LabelGroup> groups,
        IReadOnlyList<float> maxima,
        int top,
        int bins,
        IProgress<long> progress)
    {
        ConditionalActivations[] all =
        [
            .. groups.Select(group =>
            {
                int[] strongest = group.Strongest(top);
                return group.Distributions(strongest, [.. strongest.Select(latent => maxima[latent])], bins);
            }),
        ];
        new ContextPass { Progress = progress }.Run(sae, source, all);
        return all;
    }

    private static void Print(IReadOnlyList<LabelGroup> groups, long vectors, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonText.Of(ContextFiles.Summary(groups, vectors)));
            return;
        }

        Console.Out.WriteLine("label                share  latent  correlation  specificity  density    auroc");
        foreach (LabelGroup group in groups)
        {
            string best = group.Strongest(1) is [int latent]
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"{latent,6}  {group.Found.Correlation(latent, group.Label),11:F3}  "
                    + $"{group.Found.Specificity(latent, group.Label),11:F3}  "
                    + $"{group.Found.Density(latent, group.Label),7:F3}  "
                    + $"{group.Found.Auroc(latent, group.Label),7:F3}")
                : "    no latent varies with it";
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{group.Name,-18} {group.Share,7:P1}  {best}"));
        }
    }
}
