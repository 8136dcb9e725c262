using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>Says on standard error what went wrong, in one line, and chooses the exit code.</summary>
internal static class Faults
{
    private const string DebugVariable = "SAE_DEBUG";

    /// <summary>Reports the first fault of a command line that cannot be parsed.</summary>
    public static int Report(ParseResult result)
    {
        Command command = result.CommandResult.Command;
        string name = command is Verb ? $"sae {NameOf(command)}" : "sae";
        if (command.Subcommands.Count > 0)
        {
            Write(
                $"{(command is Verb ? $"{name}: " : string.Empty)}the next word must be one of "
                + $"{string.Join(", ", command.Subcommands.Select(choice => choice.Name))}, but "
                + (result.UnmatchedTokens.Count > 0 ? $"is '{result.UnmatchedTokens[0]}'." : "is missing.")
                + $" See {name} --help.");
            return ExitCodes.Usage;
        }

        Write($"{OneLine(result.Errors[0].Message)} See {name} --help.");
        return ExitCodes.Usage;
    }

    /// <summary>Reports what a verb threw.</summary>
    public static int Report(Exception exception, Command command)
    {
        // Loops over several threads gather what went wrong in them.
        exception = exception is AggregateException several ? several.Flatten().InnerExceptions[0] : exception;
        Write(Describe(exception, command));
        if (Environment.GetEnvironmentVariable(DebugVariable) == "1")
        {
            Console.Error.WriteLine(exception);
        }

        return exception is ArgumentException ? ExitCodes.Usage : ExitCodes.Fault;
    }

    private static string NameOf(Command command) =>
        command.Parents.OfType<Verb>().FirstOrDefault() is Verb parent
            ? $"{parent.Name} {command.Name}"
            : command.Name;

    private static string Describe(Exception exception, Command command) => exception switch
    {
        ArgumentException => MemberNames.ToOptions(OneLine(exception.Message), command),
        TrainingDivergedException or InvalidDataException => MemberNames.ToOptions(OneLine(exception.Message), command),
        IOException or UnauthorizedAccessException or DeviceException => OneLine(exception.Message),
        OutOfMemoryException => $"memory: {OneLine(exception.Message)}",
        _ => $"this should not happen: {exception.GetType().Name}: {OneLine(exception.Message)} "
            + $"Set {DebugVariable}=1 to see where, and report it.",
    };

    private static void Write(string message) => Console.Error.WriteLine($"sae: {message}");

    private static string OneLine(string text) =>
        CommandText.Plain(string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries)));
}
