using System.CommandLine;
using SaeKernels.Report;

namespace SaeKernels.Cli;

/// <summary><c>sae serve</c>: a report folder in a browser of this machine.</summary>
internal static class ServeCommand
{
    private static readonly Argument<string> Folder = new("DIR")
    {
        Description = "Folder that sae report --out DIR wrote.",
    };

    private static readonly Option<int?> Port = Options.Number<int>("--port", "P",
        "Port on 127.0.0.1. Default: a free one.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "serve",
        "DIR [options]",
        "Shows a report folder in a browser of this machine, until Ctrl-C.")
        .Group("Input", Folder)
        .Group("Network", Port)
        .Example("a report too large for one page", "sae serve runs/first/report")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        using ReportServer server = ReportServer.Start(result.GetValue(Folder)!, result.GetValue(Port) ?? 0);
        using Interruption interruption = new("sae: stopped.");
        Console.Out.WriteLine($"open {server.Address} (Ctrl-C ends)");
        server.RunAsync(interruption.Token).GetAwaiter().GetResult();
        return ExitCodes.Done;
    }
}
