using System.Globalization;
using SaeKernels.Training;
using Spectre.Console;

namespace SaeKernels.Cli;

/// <summary>Shows how far several runs are, on standard error: a bar for all, or a line now and then.</summary>
internal static class GroupDisplay
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    /// <summary>Trains a group under a display.</summary>
    /// <param name="group">The group.</param>
    /// <param name="untilStep">The step after which the runs pause; null for the last one.</param>
    /// <param name="cancellation">Interrupts all runs.</param>
    public static IReadOnlyList<TrainingOutcome?> Run(
        TrainingGroup group, long? untilStep, CancellationToken cancellation)
    {
        long all = group.Sessions.Sum(session => Math.Min(untilStep ?? long.MaxValue, session.Record.Plan.Steps));
        long begun = group.Sessions.Sum(session => session.Step);
        Console.Error.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{group.Sessions.Count} runs side by side, {all:N0} steps in all"));
        if (Console.IsErrorRedirected)
        {
            TimeSpan lastLine = TimeSpan.Zero;
            return Run(
                group,
                (sum, latest) =>
                {
                    if (latest.Elapsed - lastLine >= LineInterval || sum == all)
                    {
                        lastLine = latest.Elapsed;
                        Console.Error.WriteLine(Describe(begun, sum, all, latest));
                    }
                },
                untilStep,
                cancellation);
        }

        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new ProgressBarColumn { Width = 12 }, new PercentageColumn(), new TaskDescriptionColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask("starting", maxValue: all);
                return Run(
                    group,
                    (sum, latest) =>
                    {
                        task.Value = sum;
                        task.Description = Markup.Escape(Describe(begun, sum, all, latest));
                    },
                    untilStep,
                    cancellation);
            });
    }

    /// <summary>Says which runs diverged, once the others are done, and returns the exit code.</summary>
    /// <param name="runs">Their names; at least one.</param>
    public static int ReportDiverged(IReadOnlyList<string> runs)
    {
        Console.Error.WriteLine(
            $"sae: the loss must stay a number, but did not in {string.Join(", ", runs)}. Lower --lr; the checkpoints "
            + "from before are good, and the other runs are done.");
        return ExitCodes.Fault;
    }

    /// <summary>Adds the steps of all runs; the display is told by one thread at a time.</summary>
    private static IReadOnlyList<TrainingOutcome?> Run(
        TrainingGroup group, Action<long, TrainingProgress> show, long? untilStep, CancellationToken cancellation)
    {
        long[] steps = [.. group.Sessions.Select(session => session.Step)];
        Lock gate = new();
        return group.Run(
            (run, progress) =>
            {
                lock (gate)
                {
                    steps[run] = progress.Step;
                    show(steps.Sum(), progress);
                }
            },
            untilStep,
            cancellation);
    }

    private static string Describe(long begun, long sum, long all, TrainingProgress latest)
    {
        long taken = Math.Max(1, sum - begun);
        double left = latest.Elapsed.TotalSeconds * (all - sum) / taken;
        return string.Create(
            CultureInfo.InvariantCulture, $"{sum}/{all} steps  {TimeSpan.FromSeconds(left):h\\:mm\\:ss} left");
    }
}
