using System.Diagnostics;

namespace SaeKernels.PeerBench;

/// <summary>Says on standard error how far a run is.</summary>
internal static class Progress
{
    private static readonly DateTime Begin = StartTime();

    /// <summary>Writes a line with the time since the process began.</summary>
    public static void Say(string text) =>
        Console.Error.WriteLine($"[{DateTime.Now - Begin:mm\\:ss}] {text}");

    private static DateTime StartTime()
    {
        using Process self = Process.GetCurrentProcess();
        return self.StartTime;
    }
}
