using System.Globalization;
using CsvHelper;

namespace SaeKernels.PeerBench;

/// <summary>The CSV files that results are appended to: NAME.csv, NAME.stages.csv and NAME.losses.csv.</summary>
/// <param name="path">NAME.csv; null to keep nothing.</param>
internal sealed class ResultFiles(string? path)
{
    private const string Number = "G6";

    /// <summary>Appends times.</summary>
    public void Add(IEnumerable<TimingRow> rows) => Append(path, rows);

    /// <summary>Appends stages.</summary>
    public void Add(IEnumerable<StageRow> rows) => Append(Path.ChangeExtension(path, "stages.csv"), rows);

    /// <summary>Appends losses.</summary>
    public void Add(IEnumerable<LossRow> rows) => Append(Path.ChangeExtension(path, "losses.csv"), rows);

    private static void Append(string? file, IEnumerable<ResultRow> rows)
    {
        if (file is null)
        {
            return;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        bool headed = File.Exists(file);
        using StreamWriter stream = new(file, append: true) { NewLine = "\n" };
        using CsvWriter writer = new(stream, CultureInfo.InvariantCulture);
        foreach (ResultRow row in rows)
        {
            if (!headed)
            {
                Write(writer, row.Columns().Select(column => column.Name));
                headed = true;
            }

            Write(writer, row.Columns().Select(column => Text(column.Value)));
        }
    }

    private static void Write(CsvWriter writer, IEnumerable<string> fields)
    {
        foreach (string field in fields)
        {
            writer.WriteField(field);
        }

        writer.NextRecord();
    }

    private static string Text(object? value) => value switch
    {
        double.NaN => string.Empty,
        double number => number.ToString(Number, CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty,
    };
}
