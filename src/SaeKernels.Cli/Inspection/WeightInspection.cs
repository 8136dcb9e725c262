using System.Text.Json.Nodes;
using SaeKernels.Files;

namespace SaeKernels.Cli;

/// <summary>Checks the weights in a file without a backend.</summary>
internal static class WeightInspection
{
    private const int ChunkElements = 1 << 18;

    /// <summary>
    /// Returns whether all floating-point tensors are finite, and the range of the decoder's row norms.
    /// </summary>
    public static JsonObject Check(TensorFile file)
    {
        List<string> broken = [.. file.Tensors.Values
            .Where(tensor => TensorTypes.IsFloat(tensor.Type) && !IsFinite(file, tensor))
            .Select(tensor => tensor.Name)
            .Order(StringComparer.Ordinal)];
        JsonObject checks = new() { ["finite"] = broken.Count == 0 };
        if (broken.Count > 0)
        {
            checks["not_finite"] = new JsonArray([.. broken.Select(name => JsonValue.Create(name))]);
        }

        // SAELens' name, and the one of a checkpoint.
        TensorInfo? decoder = file.Tensors.GetValueOrDefault("W_dec") ?? file.Tensors.GetValueOrDefault("WDec");
        bool isStoredByColumns =
            decoder is not null && file is TorchFile torch && torch.ColumnMajor.Contains(decoder.Name);
        if (decoder is { Shape: [> 0, > 0 and <= int.MaxValue] } && !isStoredByColumns)
        {
            (double least, double most) = RowNorms(file, decoder);
            checks["decoder_row_norm_min"] = JsonText.Number(least);
            checks["decoder_row_norm_max"] = JsonText.Number(most);
        }

        return checks;
    }

    private static bool IsFinite(TensorFile file, TensorInfo tensor)
    {
        float[] chunk = new float[(int)Math.Min(ChunkElements, tensor.ElementCount)];
        for (long first = 0; first < tensor.ElementCount; first += chunk.Length)
        {
            Span<float> part = chunk.AsSpan(0, (int)Math.Min(chunk.Length, tensor.ElementCount - first));
            file.ReadSingles(tensor, first, part);
            foreach (float value in part)
            {
                if (!float.IsFinite(value))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static (double Least, double Most) RowNorms(TensorFile file, TensorInfo matrix)
    {
        (double least, double most) = (double.PositiveInfinity, 0);
        float[] row = new float[matrix.Shape[1]];
        for (long index = 0; index < matrix.Shape[0]; index++)
        {
            file.ReadSingles(matrix, index * row.Length, row);
            double norm = Math.Sqrt(row.Sum(value => (double)value * value));
            (least, most) = (Math.Min(least, norm), Math.Max(most, norm));
        }

        return (least, most);
    }
}
