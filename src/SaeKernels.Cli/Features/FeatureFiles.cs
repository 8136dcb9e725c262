using System.Globalization;
using System.Runtime.InteropServices;
using CsvHelper;
using SaeKernels.Files;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>Writes the feature table as text or as tensors.</summary>
internal static class FeatureFiles
{
    /// <summary>Writes a row a latent, with names in the first line; what is not defined is <c>NaN</c>.</summary>
    public static void WriteCsv(
        string path, IReadOnlyList<FeatureRow> rows, IReadOnlyList<FeatureColumn> columns) =>
        AtomicFile.Write(path, stream =>
        {
            using CsvWriter writer = new(new StreamWriter(stream, leaveOpen: true), CultureInfo.InvariantCulture);
            foreach (FeatureColumn column in columns)
            {
                writer.WriteField(column.Name);
            }

            writer.NextRecord();
            foreach (FeatureRow row in rows)
            {
                foreach (FeatureColumn column in columns)
                {
                    writer.WriteField(Convert.ToString(column.Value(row), CultureInfo.InvariantCulture));
                }

                writer.NextRecord();
            }
        });

    /// <summary>Writes a tensor [DSae] a column: F64, or I64 for whole numbers and verdicts.</summary>
    public static void WriteSafetensors(
        string path,
        IReadOnlyList<FeatureRow> rows,
        IReadOnlyList<FeatureColumn> columns,
        DensityThresholds thresholds)
    {
        Dictionary<string, string> metadata = columns.Where(column => column.Verdicts.Count > 0).ToDictionary(
            column => column.Name,
            column => string.Join(", ", column.Verdicts.Select((name, number) => $"{number} {name}")));
        metadata["density_thresholds"] = string.Join(
            ", ", thresholds.Counted.Select(one => one.ToString(CultureInfo.InvariantCulture)));
        metadata["dense_above"] = thresholds.DenseAbove.ToString(CultureInfo.InvariantCulture);
        metadata["bimodality_coefficient"] = "no evidence alone: 5/9, the usual bar, for an exponential as well";
        SafetensorsWriter.Write(path, [.. columns.Select(column => Tensor(column, rows))], metadata);
    }

    private static TensorContent Tensor(FeatureColumn column, IReadOnlyList<FeatureRow> rows)
    {
        object?[] values = [.. rows.Select(column.Value)];
        long[] shape = [rows.Count];
        if (column.Type == typeof(double))
        {
            double[] numbers = [.. values.Select(value => (double)value!)];
            return new TensorContent(
                column.Name,
                TensorType.F64,
                shape,
                (offset, to) => MemoryMarshal.AsBytes(numbers.AsSpan()).Slice((int)offset, to.Length).CopyTo(to));
        }

        long[] whole =
        [
            .. values.Select(value => value is string verdict
                ? column.Verdicts.ToList().IndexOf(verdict)
                : Convert.ToInt64(value, CultureInfo.InvariantCulture)),
        ];
        return TensorContent.Int64s(
            column.Name, shape, (first, to) => whole.AsSpan((int)first, to.Length).CopyTo(to));
    }
}
