using System.Globalization;
using System.Runtime.InteropServices;
using CsvHelper;
using SaeKernels.Abstractions;
using SaeKernels.Files;

namespace SaeKernels.Training;

/// <summary>A CSV file of profiles that grows with each measurement.</summary>
public static class StepProfileTable
{
    private const double Milli = 1e3;
    private const double Giga = 1e-9;

    /// <summary>Adds a row for each operation, and one for the step; makes the file where there is none.</summary>
    /// <param name="path">The file.</param>
    /// <param name="profile">What was measured.</param>
    /// <param name="command">The command line that measured.</param>
    /// <exception cref="InvalidDataException">The file has other columns.</exception>
    public static void Append(string path, StepProfile profile, string command)
    {
        ArgumentNullException.ThrowIfNull(profile);
        IReadOnlyList<StepProfileRow> rows = Rows(profile, command);
        using StringWriter header = new(CultureInfo.InvariantCulture);
        using (CsvWriter writer = new(header, CultureInfo.InvariantCulture))
        {
            writer.WriteHeader<StepProfileRow>();
            writer.NextRecord();
            writer.Flush();
        }

        string before = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        if (before.Length > 0 && before.Split('\n')[0].TrimEnd('\r') != header.ToString().TrimEnd('\r', '\n'))
        {
            throw new InvalidDataException(
                $"{path}: must begin with the columns of a table of profiles, but begins with "
                + $"'{before.Split('\n')[0].TrimEnd('\r')}'. Name another file.");
        }

        AtomicFile.Write(path, stream =>
        {
            using StreamWriter text = new(stream, leaveOpen: true);
            text.Write(before.Length > 0 ? before : header.ToString());
            text.Flush();
            using CsvWriter writer = new(text, CultureInfo.InvariantCulture);
            foreach (StepProfileRow row in rows)
            {
                writer.WriteRecord(row);
                writer.NextRecord();
            }
        });
    }

    /// <summary>Returns a row for each operation, in the order of the step, and one for the step.</summary>
    /// <param name="profile">What was measured.</param>
    /// <param name="command">The command line that measured.</param>
    public static IReadOnlyList<StepProfileRow> Rows(StepProfile profile, string command)
    {
        ArgumentNullException.ThrowIfNull(profile);
        double all = profile.Operations.Sum(operation => operation.Seconds.Median);
        double flop = profile.Operations.Sum(operation => operation.Cost.Flop);
        double bytes = profile.Operations.Sum(operation => operation.Cost.MovedBytes);
        StepProfileRow step = Row(profile, command, "step", profile.Step, flop, bytes, profile.FloorSeconds);
        return
        [
            .. profile.Operations.Select(operation => Row(
                profile,
                command,
                operation.Name,
                operation.Seconds,
                operation.Cost.Flop,
                operation.Cost.MovedBytes,
                operation.FloorSeconds) with
            {
                ShareOfStep = operation.Seconds.Median / all,
                Bound = NameOf(operation.Bound),
            }),
            .. profile.Others.Select(operation => Row(
                profile,
                command,
                operation.Name,
                operation.Seconds,
                operation.Cost.Flop,
                operation.Cost.MovedBytes,
                operation.FloorSeconds) with
            {
                ShareOfStep = 0,
                Bound = NameOf(operation.Bound),
            }),
            step,
        ];
    }

    /// <summary>How a bound is written.</summary>
    /// <param name="bound">The bound.</param>
    public static string NameOf(OperationBound bound) => bound switch
    {
        OperationBound.Arithmetic => "arithmetic",
        OperationBound.Memory => "memory",
        OperationBound.Gathers => "gathers",
        OperationBound.Cache => "cache",
        _ => "latency",
    };

    private static StepProfileRow Row(
        StepProfile profile,
        string command,
        string operation,
        Durations seconds,
        double flop,
        double bytes,
        double floorSeconds) => new()
        {
            Date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Commit = Commit(),
            Device = profile.Device.Id,
            Name = profile.Device.Name,
            Units = profile.Device.ComputeUnits,
            Runtime = $"{profile.Device.InstructionPath}; {RuntimeInformation.FrameworkDescription}",
            Command = command,
            Precision = profile.Encoder.Precision.ToString(),
            Shape = profile.Shape.ToString(),
            Operation = operation,
            Repeats = seconds.Count,
            MedianMilliseconds = Short(Milli * seconds.Median),
            MinimumMilliseconds = Short(Milli * seconds.Minimum),
            Percentile90Milliseconds = Short(Milli * seconds.Percentile90),
            GigaFlopPerSecond = Short(Giga * flop / seconds.Median),
            GigaBytesPerSecond = Short(Giga * bytes / seconds.Median),
            FloorMilliseconds = Short(Milli * floorSeconds),
            ShareOfCeiling = Short(floorSeconds / seconds.Median),
            ShareOfStep = 1,
            Bound = string.Empty,
            CeilingGigaFlopPerSecond = Short(Giga * profile.Ceilings.Best(CeilingKind.Fma)),
            CeilingGigaBytesPerSecond = Short(Giga * profile.Ceilings.Best(CeilingKind.Memory)),
            TokensPerSecond = Math.Round(profile.TokensPerSecond),
        };

    /// <summary>The commit in the version, such as 0.1.0+4f87d91681707c8d0c2203911cf3505125304348.</summary>
    private static string Commit()
    {
        const int ShortCommit = 7;
        string[] parts = RunRecord.LibraryVersion.Split('+');
        return parts.Length > 1 ? parts[1][..Math.Min(ShortCommit, parts[1].Length)] : string.Empty;
    }

    // Five significant digits: more than a clock gives, and short to read.
    private static double Short(double value) =>
        double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
