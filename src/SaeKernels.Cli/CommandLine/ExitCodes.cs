namespace SaeKernels.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCodes
{
    /// <summary>Everything was done.</summary>
    public const int Done = 0;

    /// <summary>Everything was done, but a demanded bar was missed.</summary>
    public const int BarMissed = 1;

    /// <summary>The command line or the configuration is faulty.</summary>
    public const int Usage = 2;

    /// <summary>Data, a checkpoint, a disk or a device is faulty.</summary>
    public const int Fault = 3;

    /// <summary>The command was interrupted and has saved its work.</summary>
    public const int Interrupted = 130;
}
