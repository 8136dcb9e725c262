using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using CsvHelper;
using SaeKernels.Files;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>Writes the feature table as text or as tensors.</summary>
internal static class FeatureFiles
{
    /// <summary>The numbers of verdicts in tensors, by column: a verdict's place in the list.</summary>
    private static readonly Dictionary<string, string[]> Verdicts = new()
    {
        ["clustering"] =
            [ActivationClustering.TooFew, ActivationClustering.NotClustered, ActivationClustering.Clustered],
        ["density_class"] =
        [
            DensityClass.Dead, DensityClass.Ultralow, DensityClass.Usual,
            DensityClass.Offset, DensityClass.NotSparse, DensityClass.Frequent,
        ],
    };

    /// <summary>Writes a row a latent, with names in the first line; what is not defined is <c>NaN</c>.</summary>
    public static void WriteCsv(string path, IReadOnlyList<FeatureRow> rows) => AtomicFile.Write(path, stream =>
    {
        using CsvWriter writer = new(new StreamWriter(stream, leaveOpen: true), CultureInfo.InvariantCulture);
        foreach ((string name, _) in FeatureColumns.All)
        {
            writer.WriteField(name);
        }

        writer.NextRecord();
        foreach (FeatureRow row in rows)
        {
            foreach ((_, PropertyInfo property) in FeatureColumns.All)
            {
                writer.WriteField(Convert.ToString(property.GetValue(row), CultureInfo.InvariantCulture));
            }

            writer.NextRecord();
        }
    });

    /// <summary>Writes a tensor [DSae] a column: F64, or I64 for whole numbers and verdicts.</summary>
    public static void WriteSafetensors(string path, IReadOnlyList<FeatureRow> rows)
    {
        Dictionary<string, string> metadata = Verdicts.ToDictionary(
            column => column.Key,
            column => string.Join(", ", column.Value.Select((name, number) => $"{number} {name}")));
        SafetensorsWriter.Write(path, [.. FeatureColumns.All.Select(column => Tensor(column, rows))], metadata);
    }

    private static TensorContent Tensor((string Name, PropertyInfo Property) column, IReadOnlyList<FeatureRow> rows)
    {
        object?[] values = [.. rows.Select(column.Property.GetValue)];
        long[] shape = [rows.Count];
        if (column.Property.PropertyType == typeof(double))
        {
            double[] numbers = [.. values.Select(value => (double)value!)];
            return new TensorContent(
                column.Name,
                TensorType.F64,
                shape,
                (offset, to) => MemoryMarshal.AsBytes(numbers.AsSpan()).Slice((int)offset, to.Length).CopyTo(to));
        }

        long[] whole = [.. values.Select(ToInt64)];
        return TensorContent.Int64s(
            column.Name, shape, (first, to) => whole.AsSpan((int)first, to.Length).CopyTo(to));
    }

    private static long ToInt64(object? value) => value is string verdict
        ? Verdicts.Values.Select(names => Array.IndexOf(names, verdict)).Max()
        : Convert.ToInt64(value, CultureInfo.InvariantCulture);
}
