using System.Globalization;
using SaeKernels.Training;
using Spectre.Console;

namespace SaeKernels.Cli;

/// <summary>
/// Shows how far a run is, on standard error: one line that is redrawn on a terminal, a line now and then elsewhere.
/// </summary>
internal static class TrainingDisplay
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    /// <summary>Runs a session under a display.</summary>
    public static TrainingOutcome Run(TrainingSession session, CancellationToken cancellation) =>
        Console.IsErrorRedirected ? RunWithLines(session, cancellation) : RunWithBar(session, cancellation);

    private static TrainingOutcome RunWithLines(TrainingSession session, CancellationToken cancellation)
    {
        TimeSpan lastLine = -LineInterval;
        return session.Run(new Reporter(progress =>
        {
            if (progress.IsNewRow && (progress.Elapsed - lastLine >= LineInterval || progress.Step == progress.Steps))
            {
                lastLine = progress.Elapsed;
                Console.Error.WriteLine($"step {progress.Step}/{progress.Steps}  {Describe(progress)}");
            }
        }), cancellation);
    }

    private static TrainingOutcome RunWithBar(TrainingSession session, CancellationToken cancellation)
    {
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new ProgressBarColumn { Width = 12 }, new PercentageColumn(), new TaskDescriptionColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("starting", maxValue: session.Record.Plan.Steps);
                return session.Run(new Reporter(progress =>
                {
                    task.Value = progress.Step;
                    task.Description = Markup.Escape(Describe(progress));
                }), cancellation);
            });
    }

    private static string Describe(TrainingProgress progress)
    {
        string remaining = progress.Remaining is TimeSpan left ? $"  {Duration(left)} left" : string.Empty;
        return progress.Last is MetricsRow row
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"loss {row.Loss:F4}  FVU {row.Fvu:F4}  L0 {row.L0:F1}  dead {row.DeadFraction:P1}  "
                + $"{row.TokensPerSecond:N0} vectors/s{remaining}")
            : $"step {progress.Step}{remaining}";
    }

    private static string Duration(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time.Minutes:D2}:{time.Seconds:D2}")
        : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:D2}");

    /// <summary>Calls back on the training thread, in order; <see cref="Progress{T}"/> does neither.</summary>
    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
