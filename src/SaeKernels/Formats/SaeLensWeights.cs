using SaeKernels.Abstractions;
using SaeKernels.Files;

namespace SaeKernels;

/// <summary>
/// The <c>sae_weights.safetensors</c> of a model in SAELens' layout, opened and found to fit its configuration.
/// </summary>
internal sealed class SaeLensWeights : IDisposable
{
    private const int BlockElements = 1 << 22;
    private const string Skip = "W_skip";
    private readonly SafetensorsFile file;
    private readonly string bEnc;

    /// <summary>Opens the file; no weight is read yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="config">The configuration beside it.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown, or of another shape.</exception>
    public SaeLensWeights(string path, SaeConfig config)
    {
        SaeArchitecture architecture = SaeArchitectures.Get(config.Architecture);
        this.bEnc = architecture.EncoderBiasTensor;
        string[] vectors = [.. architecture.LatentVectors.Select(vector => vector.TensorName)];
        this.file = SafetensorsFile.Open(path);
        try
        {
            RequireTensor("W_enc", config.DIn, config.DSae);
            RequireTensor(this.bEnc, config.DSae);
            RequireTensor("W_dec", config.DSae, config.DOut);
            RequireTensor("b_dec", config.DOut);
            Array.ForEach(vectors, name => RequireTensor(name, config.DSae));
            string[] skip = architecture.HasSkip ? [Skip] : [];
            Array.ForEach(skip, name => RequireTensor(name, config.DOut, config.DIn));
            RequireNoOther(["W_enc", this.bEnc, "W_dec", "b_dec", .. vectors, .. skip]);
        }
        catch
        {
            this.file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all weights.</summary>
    /// <param name="parameters">Receives them.</param>
    /// <exception cref="InvalidDataException">
    /// A weight is not finite, a tensor is not of real numbers, or the file shrank.
    /// </exception>
    public void ReadInto(SaeParameters parameters)
    {
        ReadTransposed(this.file.Tensors["W_enc"], parameters.WEnc);
        Read(this.file.Tensors[this.bEnc], parameters.BEnc);
        Read(this.file.Tensors["W_dec"], parameters.WDec.Buffer);
        Read(this.file.Tensors["b_dec"], parameters.BDec);
        if (parameters.WSkip is RealMatrix skip)
        {
            Read(this.file.Tensors[Skip], skip.Buffer);
        }

        foreach ((LatentVector vector, RealBuffer values) in parameters.LatentVectors)
        {
            Read(this.file.Tensors[vector.TensorName], values);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => this.file.Dispose();

    private void RequireTensor(string name, params long[] shape)
    {
        string wanted = $"[{string.Join(", ", shape)}]";
        if (!this.file.Tensors.TryGetValue(name, out TensorInfo? tensor))
        {
            string there = string.Join(", ", this.file.Tensors.Keys.Order(StringComparer.Ordinal));
            throw new InvalidDataException(
                $"{this.file.Path}: must have a tensor {name} {wanted}, but has only: {there}. Save the model again.");
        }

        if (!tensor.Shape.SequenceEqual(shape))
        {
            throw new InvalidDataException(
                $"{this.file.Path}: {name} must be {wanted} as {SaeLensLayout.ConfigFileName} says, but is "
                + $"{tensor.ShapeText}: "
                + "a checkpoint of another shape. Put the two files of one model together.");
        }
    }

    private void RequireNoOther(string[] names)
    {
        string? other = this.file.Tensors.Keys.Except(names).Order(StringComparer.Ordinal).FirstOrDefault();
        if (other is not null)
        {
            throw new InvalidDataException(
                $"{this.file.Path}: must have {string.Join(", ", names)} only, but has {other}, without "
                + "which the model would compute something else. Fold it into the others and save the model again.");
        }
    }

    private void Read(TensorInfo tensor, RealBuffer target)
    {
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
    private void ReadTransposed(TensorInfo tensor, RealMatrix target)
    {
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

    private void ReadFinite(TensorInfo tensor, long first, Span<float> target)
    {
        this.file.ReadSingles(tensor, first, target);
        for (int i = 0; i < target.Length; i++)
        {
            if (!float.IsFinite(target[i]))
            {
                long element = first + i;
                long columns = tensor.Shape[^1];
                string position = tensor.Shape.Count == 1 ? $"{element}" : $"{element / columns}, {element % columns}";
                throw new InvalidDataException(
                    $"{this.file.Path}: weights must be finite, but {tensor.Name}[{position}] is {target[i]}. "
                    + "The training diverged; load an earlier checkpoint.");
            }
        }
    }
}
