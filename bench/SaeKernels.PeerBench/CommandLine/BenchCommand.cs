using System.CommandLine;
using SaeKernels.Abstractions;

namespace SaeKernels.PeerBench;

/// <summary>The command line.</summary>
internal static class BenchCommand
{
    private static readonly Option<string[]> Shapes = new("--shapes")
    {
        Description = "Shapes: width, latents, k and batch each.",
        HelpName = "SHAPE",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["288,2304,32,1024", "512,16384,32,2048", "768,24576,32,1024", "128,1024,16,2048"],
    };

    private static readonly Option<int> Rounds =
        Number("--rounds", 7, "Rounds; in each every variant has one turn. 0 compares losses only.");

    private static readonly Option<int> Threads =
        Number("--threads", Environment.ProcessorCount, "Threads of both sides.");

    private static readonly Option<int> StepsForLoss =
        Number("--steps-for-loss", 200, "Steps over which losses are compared first; 0 for none.");

    private static readonly Option<string> Ours = Text(
        "--ours", "fp32,auto", "Arithmetic of our encoder: names of EncoderPrecision.");

    private static readonly Option<string> Peers = Text(
        "--peers",
        string.Join(',', PeerCatalog.Usual),
        $"Peers in libtorch; all there are: {string.Join(", ", PeerCatalog.Names)}.");

    private static readonly Option<string> Modes = Text(
        "--modes",
        string.Join(',', ExecutionMode.All.Select(mode => mode.Name)),
        "Processes to run: everything as it comes, a tuned allocator, AVX-512 off.");

    private static readonly Option<string?> Csv = new("--csv")
    {
        Description = "File to append times to; stages and losses go to NAME.stages.csv and NAME.losses.csv.",
        HelpName = "FILE",
    };

    // What the first process gives to those it starts.
    private static readonly Option<string?> OnlyMode = new("--only-mode") { Hidden = true };

    /// <summary>Describes the command.</summary>
    public static RootCommand Create()
    {
        RootCommand command = new("Times a training step beside the same step in libtorch (TorchSharp), in turns.")
        {
            Shapes, Rounds, Threads, StepsForLoss, Ours, Peers, Modes, Csv, OnlyMode,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult line)
    {
        BenchPlan plan = Plan(line);
        if (line.GetValue(OnlyMode) is string mode)
        {
            Campaign.Measure(plan, ExecutionMode.Get(mode));
            return 0;
        }

        return Campaign.Run(
            [.. Parts(line, Modes).Select(ExecutionMode.Get)],
            [.. line.Tokens.Select(token => token.Value), OnlyMode.Name]);
    }

    private static BenchPlan Plan(ParseResult line)
    {
        string[] peers = Parts(line, Peers);
        Array.ForEach(peers, PeerCatalog.Require);
        return new BenchPlan
        {
            Shapes = [.. line.GetValue(Shapes)!.Select(ShapeText.Parse)],
            Rounds = AtLeast(line, Rounds, 0),
            Threads = AtLeast(line, Threads, 1),
            StepsForLoss = AtLeast(line, StepsForLoss, 0),
            Ours = [.. Parts(line, Ours).Select(Precision)],
            Peers = peers,
            Results = new ResultFiles(line.GetValue(Csv)),
        };
    }

    private static EncoderPrecision Precision(string text) =>
        Enum.TryParse(text, ignoreCase: true, out EncoderPrecision precision) && Enum.IsDefined(precision)
            ? precision
            : throw new ArgumentException(
                $"--ours: an arithmetic must be one of {string.Join(", ", Enum.GetNames<EncoderPrecision>())}, "
                + $"but is '{text}'. Name one of these.");

    private static int AtLeast(ParseResult line, Option<int> option, int least)
    {
        int value = line.GetValue(option);
        return value >= least ? value : throw new ArgumentException(
            $"{option.Name}: must be at least {least}, but is {value}. Raise it.");
    }

    private static string[] Parts(ParseResult line, Option<string> option) =>
        line.GetValue(option)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static Option<string> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = "LIST", DefaultValueFactory = _ => value };

    private static Option<int> Number(string name, int value, string description) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
}
