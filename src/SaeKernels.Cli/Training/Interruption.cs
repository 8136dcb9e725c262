using System.Runtime.InteropServices;

namespace SaeKernels.Cli;

/// <summary>
/// Turns the first Ctrl-C or SIGTERM into a cancellation, so that work can be saved; the second one ends the process.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly string message;

    /// <summary>Begins to listen.</summary>
    /// <param name="message">What is said at the first signal.</param>
    public Interruption(
        string message = "sae: stopping after this step and saving; interrupt again to end at once.")
    {
        this.message = message;
        this.registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => this.source.Token;

    /// <summary>Stops to listen: a signal ends the process again.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in this.registrations)
        {
            registration.Dispose();
        }

        this.source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (this.source.IsCancellationRequested)
        {
            return;
        }

        context.Cancel = true;
        this.source.Cancel();
        Console.Error.WriteLine(this.message);
    }
}
