using System.Globalization;
using CsvHelper;
using SaeKernels.Files;

namespace SaeKernels.Training;

/// <summary>The file <c>metrics.csv</c>, which grows by a row at each logging step.</summary>
public sealed class MetricsLog : IDisposable
{
    private readonly CsvWriter writer;

    private MetricsLog(string path)
    {
        this.writer = new CsvWriter(new StreamWriter(path, append: true), CultureInfo.InvariantCulture);
    }

    /// <summary>Opens the log; a resumed run keeps the rows up to its checkpoint and drops what came after.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lastStep">The step of the checkpoint; 0 for a new run.</param>
    public static MetricsLog Open(string path, long lastStep)
    {
        List<MetricsRow> kept = lastStep > 0 && File.Exists(path)
            ? [.. Read(path).TakeWhile(row => row.Step <= lastStep)]
            : [];
        AtomicFile.Write(path, stream =>
        {
            using CsvWriter writer = new(new StreamWriter(stream, leaveOpen: true), CultureInfo.InvariantCulture);
            writer.WriteHeader<MetricsRow>();
            writer.NextRecord();
            foreach (MetricsRow row in kept)
            {
                Append(writer, row);
            }
        });
        return new MetricsLog(path);
    }

    /// <summary>Reads the rows of a log, leaving out a last one that was cut off.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is no metrics log.</exception>
    public static IReadOnlyList<MetricsRow> Read(string path)
    {
        string text = File.ReadAllText(path);
        // A process that was killed may have left half a row.
        string whole = text[..(text.LastIndexOf('\n') + 1)];
        using CsvReader reader = new(new StringReader(whole), CultureInfo.InvariantCulture);
        try
        {
            return [.. reader.GetRecords<MetricsRow>()];
        }
        catch (CsvHelperException exception)
        {
            throw new InvalidDataException(
                $"{path}: must be a log of training figures with the columns of MetricsRow, "
                + $"but row {exception.Context?.Parser?.Row} "
                + "cannot be read. Remove the file; the checkpoints do not need it.",
                exception);
        }
    }

    /// <summary>Adds a row and hands it to the system, so that a reader sees it at once.</summary>
    /// <param name="row">The row.</param>
    public void Add(MetricsRow row)
    {
        Append(this.writer, row);
        this.writer.Flush();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => this.writer.Dispose();

    private static void Append(CsvWriter writer, MetricsRow row)
    {
        writer.WriteRecord(row);
        writer.NextRecord();
    }
}
