using System.Globalization;
using SaeKernels.Files;

namespace SaeKernels.Factorization;

/// <summary>
/// The file of a finished cell: <c>dictionary</c> [latents, DIn], <c>bias</c> [DIn], and codes as <c>code_offsets</c>,
/// <c>code_latents</c>, <c>code_values</c>; of an autoencoder also <c>encoder</c> [latents, DIn] and
/// <c>encoder_bias</c> [latents].
/// </summary>
internal static class CellFile
{
    /// <summary>Writes a cell; the file appears under its name when it is whole.</summary>
    public static void Write(string path, SweepFactorization cell)
    {
        SparseFactorization result = cell.Result;
        SparseRows codes = result.Codes;
        List<TensorContent> tensors =
        [
            Matrix("dictionary", result.Dictionary),
            Vector("bias", [.. result.Bias]),
            TensorContent.Int64s(
                "code_offsets",
                [codes.Offsets.Length],
                (first, part) => codes.Offsets.AsSpan((int)first, part.Length).CopyTo(part)),
            TensorContent.Int32s(
                "code_latents",
                [codes.Columns.Length],
                (first, part) => codes.Columns.AsSpan((int)first, part.Length).CopyTo(part)),
            Vector("code_values", codes.Values),
        ];
        if (result.Encoder is LinearEncoder encoder)
        {
            tensors.Add(Matrix("encoder", encoder.Weights));
            tensors.Add(Vector("encoder_bias", encoder.Biases));
        }

        SafetensorsWriter.Write(
            path,
            tensors,
            new Dictionary<string, string>
            {
                ["objective"] = result.Objective.ToString("R", CultureInfo.InvariantCulture),
                ["mse"] = result.Mse.ToString("R", CultureInfo.InvariantCulture),
                ["start"] = cell.Start,
                ["converged"] = cell.IsConverged ? "true" : "false",
            });
    }

    /// <summary>Reads a cell.</summary>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public static SweepFactorization Read(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        TensorInfo dictionary = Find(file, "dictionary");
        SparseFactorization result = new()
        {
            Dictionary = new RowMatrix(Singles(file, "dictionary"), (int)dictionary.Shape[^1]),
            Bias = Singles(file, "bias"),
            Encoder = file.Tensors.ContainsKey("encoder")
                ? new LinearEncoder(
                    new RowMatrix(Singles(file, "encoder"), (int)dictionary.Shape[^1]), Singles(file, "encoder_bias"))
                : null,
            Codes = new SparseRows(
                Longs(file, "code_offsets"),
                Array.ConvertAll(Longs(file, "code_latents"), value => checked((int)value)),
                Singles(file, "code_values")),
            Objective = Number(file, "objective"),
            Mse = Number(file, "mse"),
        };
        return new SweepFactorization(result, Text(file, "start"), Text(file, "converged") == "true");
    }

    private static TensorContent Matrix(string name, RowMatrix matrix) =>
        Singles(name, [matrix.Rows, matrix.Width], matrix.Elements);

    private static TensorContent Vector(string name, float[] values) => Singles(name, [values.Length], values);

    private static TensorContent Singles(string name, long[] shape, float[] values) => TensorContent.Singles(
        name, shape, (first, part) => values.AsSpan((int)first, part.Length).CopyTo(part));

    private static TensorInfo Find(SafetensorsFile file, string name) =>
        file.Tensors.TryGetValue(name, out TensorInfo? tensor)
            ? tensor
            : throw Broken(file, name);

    private static float[] Singles(SafetensorsFile file, string name)
    {
        TensorInfo tensor = Find(file, name);
        float[] values = new float[tensor.ElementCount];
        file.ReadSingles(tensor, 0, values);
        return values;
    }

    private static long[] Longs(SafetensorsFile file, string name)
    {
        TensorInfo tensor = Find(file, name);
        long[] values = new long[tensor.ElementCount];
        file.ReadInt64s(tensor, 0, values);
        return values;
    }

    private static string Text(SafetensorsFile file, string name) =>
        file.Metadata.TryGetValue(name, out string? text) ? text : throw Broken(file, name);

    private static double Number(SafetensorsFile file, string name) =>
        double.TryParse(Text(file, name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw Broken(file, name);

    private static InvalidDataException Broken(SafetensorsFile file, string name) => new(
        $"{file.Path}: must hold '{name}', as a cell of a sweep does, but does not. "
        + "Remove the file; the sweep makes it again.");
}
