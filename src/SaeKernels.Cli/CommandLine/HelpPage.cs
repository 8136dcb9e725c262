using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace SaeKernels.Cli;

/// <summary>Prints the help of the command and of each verb.</summary>
internal sealed class HelpPage : SynchronousCommandLineAction
{
    private const int Width = 100;
    private const int TextColumn = 30;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Makes this the help of a command and all its verbs.</summary>
    public static void Attach(RootCommand root)
    {
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Description = "Show help.";
        help.Action = new HelpPage();
        root.SetAction(result =>
        {
            WriteRoot(root, Console.Error);
            return ExitCodes.Usage;
        });
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        // sae help trian asks for a verb that there is not; after one that there is, help is better than a fault.
        if (parseResult.CommandResult.Command.Subcommands.Count > 0
            && parseResult.UnmatchedTokens.Any(token => !token.StartsWith('-')))
        {
            return Faults.Report(parseResult);
        }

        if (parseResult.CommandResult.Command is Verb verb)
        {
            WriteVerb(verb, Console.Out);
        }
        else
        {
            WriteRoot(parseResult.RootCommandResult.Command, Console.Out);
        }

        return ExitCodes.Done;
    }

    private static void WriteRoot(Command root, TextWriter output)
    {
        output.WriteLine(root.Description);
        output.WriteLine();
        output.WriteLine("Usage: sae VERB [options]");
        output.WriteLine();
        output.WriteLine("Verbs");
        foreach (Command verb in root.Subcommands)
        {
            WriteRow(output, verb.Name, verb.Description ?? string.Empty);
        }

        output.WriteLine();
        output.WriteLine(
            "sae help VERB and sae VERB --help tell all about a verb; sae --version prints the version.");
        output.WriteLine("Begin with sae demo.");
        output.WriteLine(
            "Exit codes: 0 done, 1 a demanded bar was missed, 2 usage, 3 data, checkpoint or device fault,");
        output.WriteLine("130 interrupted after saving. SAE_DEBUG=1 adds a stack trace to a message.");
    }

    private static void WriteVerb(Verb verb, TextWriter output)
    {
        output.WriteLine(verb.Description);
        output.WriteLine();
        output.WriteLine($"Usage: {verb.Usage}");
        if (verb.Subcommands.Count > 0)
        {
            output.WriteLine();
            foreach (Command choice in verb.Subcommands)
            {
                WriteRow(output, choice.Name, choice.Description ?? string.Empty);
            }
        }

        foreach ((string title, IReadOnlyList<Symbol> symbols) in verb.Groups)
        {
            output.WriteLine();
            output.WriteLine(title);
            foreach (Symbol symbol in symbols)
            {
                WriteRow(output, LabelOf(symbol), symbol.Description ?? string.Empty);
            }
        }

        output.WriteLine();
        output.WriteLine("Examples");
        foreach ((string purpose, string line) in verb.Examples)
        {
            output.WriteLine($"  # {purpose}");
            output.WriteLine($"  {line}");
        }
    }

    private static string LabelOf(Symbol symbol) => symbol switch
    {
        Option { HelpName: string value } option => $"{option.Name} {value}",
        _ => symbol.Name,
    };

    /// <summary>Writes a label and, beside it, text broken at spaces.</summary>
    private static void WriteRow(TextWriter output, string label, string text)
    {
        string line = $"  {label}".PadRight(TextColumn);
        if (line.Length > TextColumn)
        {
            output.WriteLine(line);
            line = new string(' ', TextColumn);
        }

        foreach (string word in text.Split(' '))
        {
            if (line.Length + word.Length > Width)
            {
                output.WriteLine(line.TrimEnd());
                line = new string(' ', TextColumn);
            }

            line += word + " ";
        }

        output.WriteLine(line.TrimEnd());
    }
}
