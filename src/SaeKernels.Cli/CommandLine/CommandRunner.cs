using System.CommandLine;

namespace SaeKernels.Cli;

/// <summary>Parses a command line, runs its verb, and turns every fault into one line and an exit code.</summary>
internal static class CommandRunner
{
    /// <summary>Returns the exit code of the process.</summary>
    public static int Run(RootCommand root, string[] arguments)
    {
        Console.SetError(new ErrorOutput(Console.Error));
        if (arguments is ["help", .. string[] verb])
        {
            arguments = [.. verb, "--help"];
        }

        ParseResult result = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Errors.Count > 0)
        {
            return Faults.Report(result);
        }

        try
        {
            return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception exception)
        {
            return Faults.Report(exception, result.CommandResult.Command);
        }
    }
}
