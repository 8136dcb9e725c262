using SaeKernels.Abstractions;
using SaeKernels.Files;

namespace SaeKernels;

/// <summary>The tensors of a model's file: looked for, checked, and read onto a backend in blocks.</summary>
/// <param name="file">The file; disposed with this.</param>
/// <param name="configFileName">The file that says how large they are; for messages.</param>
internal sealed class WeightTensors(TensorFile file, string configFileName) : IDisposable
{
    private const int BlockElements = 1 << 22;

    /// <summary>Throws where a tensor is missing or has another shape.</summary>
    public void Require(string name, params long[] shape)
    {
        string wanted = $"[{string.Join(", ", shape)}]";
        if (!file.Tensors.TryGetValue(name, out TensorInfo? tensor))
        {
            string there = string.Join(", ", file.Tensors.Keys.Order(StringComparer.Ordinal));
            throw new InvalidDataException(
                $"{file.Path}: must have a tensor {name} {wanted}, but has only: {there}. Save the model again.");
        }

        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw new InvalidDataException(
                $"{file.Path}: {name} must be {wanted} as {configFileName} says, but is "
                + $"{tensor.ShapeText}: "
                + "a checkpoint of another shape. Put the two files of one model together.");
        }
    }

    /// <summary>Throws where there are other tensors than those with given names.</summary>
    public void RequireNoOther(string[] names)
    {
        string? other = file.Tensors.Keys.Except(names).Order(StringComparer.Ordinal).FirstOrDefault();
        if (other is not null)
        {
            throw new InvalidDataException(
                $"{file.Path}: must have {string.Join(", ", names)} only, but has {other}, without "
                + "which the model would compute something else. Fold it into the others and save the model again.");
        }
    }

    /// <summary>Reads a tensor as it is stored.</summary>
    public void Read(string name, RealBuffer target)
    {
        TensorInfo tensor = file.Tensors[name];
        float[] block = new float[(int)Math.Min(BlockElements, tensor.ElementCount)];
        for (long first = 0; first < tensor.ElementCount; first += block.Length)
        {
            Span<float> part = block.AsSpan(0, (int)Math.Min(block.Length, tensor.ElementCount - first));
            ReadFinite(tensor, first, part);
            target.Upload(part, first);
        }
    }

    /// <summary>
    /// Reads a block of latents at a time: a piece of every row of the file, scattered to the latents' rows.
    /// </summary>
    public void ReadTransposed(string name, RealMatrix target)
    {
        TensorInfo tensor = file.Tensors[name];
        int columns = target.Columns;
        int blockRows = Math.Clamp(BlockElements / columns, 1, target.Rows);
        float[] block = new float[blockRows * columns];
        float[] line = new float[blockRows];
        for (int row = 0; row < target.Rows; row += blockRows)
        {
            int rows = Math.Min(blockRows, target.Rows - row);
            for (int column = 0; column < columns; column++)
            {
                ReadFinite(tensor, ((long)column * target.Rows) + row, line.AsSpan(0, rows));
                for (int i = 0; i < rows; i++)
                {
                    block[(i * columns) + column] = line[i];
                }
            }

            target.Buffer.Upload(block.AsSpan(0, rows * columns), (long)row * columns);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private void ReadFinite(TensorInfo tensor, long first, Span<float> target)
    {
        file.ReadSingles(tensor, first, target);
        for (int i = 0; i < target.Length; i++)
        {
            if (!float.IsFinite(target[i]))
            {
                long element = first + i;
                long columns = tensor.Shape[^1];
                string position = tensor.Shape.Count == 1 ? $"{element}" : $"{element / columns}, {element % columns}";
                throw new InvalidDataException(
                    $"{file.Path}: weights must be finite, but {tensor.Name}[{position}] is {target[i]}. "
                    + "The training diverged; load an earlier checkpoint.");
            }
        }
    }
}
