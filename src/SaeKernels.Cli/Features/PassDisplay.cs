using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace SaeKernels.Cli;

/// <summary>
/// Shows how far passes over data are, on standard error: a bar on a terminal, a line now and then elsewhere.
/// </summary>
internal static class PassDisplay
{
    private static readonly TimeSpan LineInterval = TimeSpan.FromSeconds(10);

    /// <summary>Does work that tells after each batch how many vectors of a pass are done.</summary>
    /// <param name="vectors">The vectors of one pass.</param>
    /// <param name="passes">How many passes the work makes.</param>
    /// <param name="work">The work.</param>
    public static T Run<T>(long vectors, int passes, Func<IProgress<long>, T> work) =>
        Console.IsErrorRedirected ? RunWithLines(vectors, passes, work) : RunWithBar(vectors, passes, work);

    private static T RunWithLines<T>(long vectors, int passes, Func<IProgress<long>, T> work)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TimeSpan next = LineInterval;
        return work(new Reporter(vectors, done =>
        {
            if (clock.Elapsed >= next)
            {
                next = clock.Elapsed + LineInterval;
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{done:N0} of {vectors * passes:N0} vectors in {passes} passes"));
            }
        }));
    }

    private static T RunWithBar<T>(long vectors, int passes, Func<IProgress<long>, T> work)
    {
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Progress()
            .Columns(new ProgressBarColumn { Width = 12 }, new PercentageColumn(), new TaskDescriptionColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask($"{passes} passes over the data", maxValue: vectors * passes);
                return work(new Reporter(vectors, done => task.Value = done));
            });
    }

    /// <summary>Adds up passes: a pass begins where the number of vectors falls.</summary>
    private sealed class Reporter(long vectors, Action<long> report) : IProgress<long>
    {
        private long earlier;
        private long last;

        public void Report(long value)
        {
            if (value <= this.last)
            {
                this.earlier += vectors;
            }

            this.last = value;
            report(this.earlier + value);
        }
    }
}
