using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Training;
using Spectre.Console;

namespace SaeKernels.Cli;

/// <summary>A profile as a table for people who make kernels faster.</summary>
internal static class BenchTable
{
    private const int Width = 120;
    private const int BarWidth = 10;
    private const double NoisyRatio = 1.25;
    private const double NoticeableShare = 0.05;

    /// <summary>Writes the table on standard output.</summary>
    public static void Write(StepProfile profile)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        // A pipe has no width; a table that breaks its lines is of no use.
        console.Profile.Width = Math.Max(Width, console.Profile.Width);
        WriteHeading(profile);
        console.Write(CeilingsOf(profile));
        console.Write(OperationsOf(profile));
        WriteSummary(profile);
    }

    private static void WriteHeading(StepProfile profile)
    {
        DeviceDescription device = profile.Device;
        StepShape shape = profile.Shape;
        Console.Out.WriteLine($"device    {device.Id}: {device.Name}, {device.ComputeUnits} units, "
            + $"{device.InstructionPath}");
        Console.Out.WriteLine(Text($"step      d {shape.DIn}, n {shape.Latents}, k {shape.K}, batch {shape.Batch}; ")
            + $"{Bytes(profile.AllocatedBytes)} on the device");
        string screened = profile.Encoder.Rows == 0
            ? string.Empty
            : Text($"; {profile.Encoder.CandidatesPerRow:F1} candidates a row, {profile.Encoder.Fallbacks} fallbacks");
        Console.Out.WriteLine($"encoder   {Options.NameOf(profile.Encoder.Precision)}, {profile.Encoder.Path}"
            + screened);
    }

    private static Table CeilingsOf(StepProfile profile)
    {
        Table table = new Table { Border = TableBorder.Simple, ShowRowSeparators = false }
            .AddColumn(new TableColumn("ceilings of this run"))
            .AddColumn(new TableColumn("best").RightAligned())
            .AddColumn(new TableColumn("used for"));
        foreach (DeviceCeiling ceiling in profile.Ceilings.All)
        {
            bool best = ceiling.PerSecond >= profile.Ceilings.Best(ceiling.Kind);
            table.AddRow(
                Markup.Escape(ceiling.Name),
                ceiling.Kind == CeilingKind.Memory
                    ? $"{Rate(ceiling.PerSecond)} GB/s"
                    : $"{Rate(ceiling.PerSecond)} GFLOP/s",
                !best ? string.Empty : ceiling.Kind switch
                {
                    CeilingKind.Fma => "arithmetic",
                    CeilingKind.Memory => "memory",
                    CeilingKind.Yardstick => "comparison only",
                    _ => $"{Options.NameOf(ceiling.Kind)} of the encoder",
                });
        }

        return table;
    }

    private static Table OperationsOf(StepProfile profile)
    {
        Table table = new() { Border = TableBorder.Simple };
        table.AddColumn(Column("times in ms"));
        table.AddColumn(Column("share of step"));
        foreach (string title in
            (string[])["median", "min", "p90", "GFLOP/s", "GB/s", "floor", "reached", "gain"])
        {
            table.AddColumn(Column(title).RightAligned());
        }

        table.AddColumn(Column("bound by"));
        double all = profile.Operations.Sum(operation => operation.Seconds.Median);
        foreach (OperationProfile operation in profile.Operations)
        {
            AddOperation(table, operation, all);
        }

        table.AddEmptyRow();
        AddStep(table, profile);
        table.AddEmptyRow();
        foreach (OperationProfile operation in profile.Others)
        {
            AddOperation(table, operation, ofStep: null);
        }

        return table;
    }

    /// <summary>Adds a row; an operation that the step has not has no share of it.</summary>
    private static void AddOperation(Table table, OperationProfile operation, double? ofStep)
    {
        double share = operation.Seconds.Median / (ofStep ?? double.PositiveInfinity);
        double gain = Math.Max(0, operation.Seconds.Median - operation.FloorSeconds) / (ofStep ?? 1);
        table.AddRow(
            operation.Name,
            ofStep is null ? "not of it" : Bar(share),
            Milliseconds(operation.Seconds.Median),
            Milliseconds(operation.Seconds.Minimum),
            Milliseconds(operation.Seconds.Percentile90),
            operation.Cost.Flop > 0 ? Rate(operation.FlopPerSecond) : "-",
            Rate(operation.BytesPerSecond),
            Milliseconds(operation.FloorSeconds),
            Colored(operation.ShareOfCeiling, share),
            ofStep is null ? string.Empty : Text($"{gain:P1}"),
            StepProfileTable.NameOf(operation.Bound));
    }

    private static TableColumn Column(string title) =>
        new(title) { NoWrap = true, Padding = new Padding(0, 0, 1, 0) };

    private static void AddStep(Table table, StepProfile profile)
    {
        double flop = profile.Operations.Sum(operation => operation.Cost.Flop);
        double bytes = profile.Operations.Sum(operation => operation.Cost.MovedBytes);
        double median = profile.Step.Median;
        table.AddRow(
            "[bold]whole step[/]",
            string.Empty,
            $"[bold]{Milliseconds(median)}[/]",
            Milliseconds(profile.Step.Minimum),
            Milliseconds(profile.Step.Percentile90),
            Rate(flop / median),
            Rate(bytes / median),
            Milliseconds(profile.FloorSeconds),
            Text($"{profile.FloorSeconds / median:P0}"),
            string.Empty,
            string.Empty);
    }

    private static void WriteSummary(StepProfile profile)
    {
        double sum = profile.Operations.Sum(operation => operation.Seconds.Median);
        double batch = (double)profile.Shape.Batch * profile.Shape.DIn * sizeof(float);
        Console.Out.WriteLine(Text($"vectors a second  {profile.TokensPerSecond:N0}; at the floor ")
            + Text($"{profile.Shape.Batch / profile.FloorSeconds:N0}"));
        Console.Out.WriteLine(Text($"between operations  {(profile.Step.Median / sum) - 1:+0.0 %;-0.0 %} of the step ")
            + Text($"beside its operations; the host enqueues it in {1e3 * profile.Enqueue.Median:F3} ms"));
        Console.Out.WriteLine(Text($"feeding  a batch comes from the host in {1e3 * profile.Upload.Median:F3} ms, ")
            + Text($"{batch / profile.Upload.Median / 1e9:F1} GB/s; not in the step"));
        if (profile.Ceilings.Drift > NoisyRatio)
        {
            Console.Out.WriteLine(Text($"noise  a ceiling changed by {profile.Ceilings.Drift:F2} times between the ")
                + "beginning and the end. Shares are of the better one.");
        }

        foreach (OperationProfile operation in profile.Operations.Where(row => IsNoisy(row, sum)))
        {
            double ratio = operation.Seconds.Percentile90 / operation.Seconds.Median;
            Console.Out.WriteLine(Text($"noise  {operation.Name}: p90 is {ratio:F2} times the median. Close other ")
                + "programs, or raise --repeats.");
        }
    }

    private static bool IsNoisy(OperationProfile operation, double sum) =>
        operation.Seconds.Median > NoticeableShare * sum
        && operation.Seconds.Percentile90 > NoisyRatio * operation.Seconds.Median;

    private static string Bar(double share)
    {
        int eighths = (int)Math.Round(share * BarWidth * 8);
        string bar = new('█', eighths / 8);
        if (eighths % 8 > 0)
        {
            // The blocks of seven eighths to one eighth follow the full one.
            bar += (char)('█' + 8 - (eighths % 8));
        }

        return Text($"[blue]{bar.PadRight(BarWidth)}[/] {share,6:P1}");
    }

    // What takes much of the step and reaches little of the ceiling is what is worth a look.
    private static string Colored(double ofCeiling, double ofStep)
    {
        string text = Text($"{ofCeiling:P0}");
        return ofStep < NoticeableShare ? text
            : ofCeiling >= 0.6 ? $"[green]{text}[/]"
            : ofCeiling >= 0.3 ? $"[yellow]{text}[/]"
            : $"[red]{text}[/]";
    }

    private static string Milliseconds(double seconds)
    {
        double value = 1e3 * seconds;
        return value >= 100 ? Text($"{value:F1}") : value >= 1 ? Text($"{value:F2}") : Text($"{value:F4}");
    }

    private static string Rate(double perSecond)
    {
        double value = perSecond / 1e9;
        return value >= 100 ? Text($"{value:F0}")
            : value >= 1 ? Text($"{value:F1}")
            : value >= 0.001 ? Text($"{value:F3}")
            : Text($"{value:G1}");
    }

    private static string Bytes(long bytes) => bytes >= 1 << 30
        ? Text($"{bytes / (double)(1 << 30):F2} GiB")
        : Text($"{bytes / (double)(1 << 20):F1} MiB");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
