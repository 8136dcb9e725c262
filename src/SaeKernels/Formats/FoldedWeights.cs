using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// The weights of a model as they are for raw vectors: the scaling of its training is folded in while they are read.
/// </summary>
/// <remarks><see cref="SaeLensLayout"/> has the formulas. All is computed in float64 and rounded once.</remarks>
internal sealed class FoldedWeights
{
    private const int ChunkElements = 1 << 18;
    private readonly SaeParameters parameters;
    private readonly InputScaling inputs;
    private readonly InputScaling outputs;
    private readonly bool seesRaw;
    private readonly TransposedReader wEnc;

    /// <summary>Prepares to read.</summary>
    /// <param name="parameters">The weights that the training produced.</param>
    /// <param name="inputs">How what is read was scaled.</param>
    /// <param name="outputs">How what is reconstructed was scaled.</param>
    /// <param name="seesRaw">Whether the encoder sees x, not x − b_dec.</param>
    public FoldedWeights(SaeParameters parameters, InputScaling inputs, InputScaling outputs, bool seesRaw)
    {
        this.parameters = parameters;
        this.inputs = inputs;
        this.outputs = outputs;
        this.seesRaw = seesRaw;
        this.wEnc = new TransposedReader(parameters.WEnc, inputs.ScaleOf);
    }

    /// <summary>Reads elements of the transpose of W_enc · s.</summary>
    public void ReadWEnc(long first, Span<float> target) => this.wEnc.Read(first, target);

    /// <summary>Reads elements of W_enc · s.</summary>
    public void ReadWEncRows(long first, Span<float> target)
    {
        this.parameters.WEnc.Buffer.Download(target, first);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)(target[i] * this.inputs.ScaleOf((int)((first + i) % this.parameters.WEnc.Columns)));
        }
    }

    /// <summary>Reads elements of b_enc, less W_enc · s · μ where the encoder does not see x − b_dec.</summary>
    public void ReadBEnc(long first, Span<float> target)
    {
        this.parameters.BEnc.Download(target, first);
        if (this.seesRaw && this.inputs.Mean.Count > 0)
        {
            double[] shifts = MapOfMean(this.parameters.WEnc, (int)first, target.Length);
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = (float)(target[i] - shifts[i]);
            }
        }
    }

    /// <summary>Reads elements of W_dec / t.</summary>
    public void ReadWDec(long first, Span<float> target)
    {
        this.parameters.WDec.Buffer.Download(target, first);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)(target[i] / this.outputs.ScaleOf((int)((first + i) % this.parameters.WDec.Columns)));
        }
    }

    /// <summary>Reads elements of b_dec / t + ν, less W_skip · s · μ / t where there is a W_skip.</summary>
    public void ReadBDec(long first, Span<float> target)
    {
        this.parameters.BDec.Download(target, first);
        double[] shifts = this.parameters.WSkip is RealMatrix skip && this.inputs.Mean.Count > 0
            ? MapOfMean(skip, (int)first, target.Length)
            : new double[target.Length];
        for (int i = 0; i < target.Length; i++)
        {
            int column = (int)first + i;
            double bias = (target[i] - shifts[i]) / this.outputs.ScaleOf(column);
            target[i] = (float)(bias + this.outputs.MeanOf(column));
        }
    }

    /// <summary>Reads elements of W_skip · s / t.</summary>
    public void ReadWSkip(long first, Span<float> target)
    {
        RealMatrix skip = this.parameters.WSkip!.Value;
        skip.Buffer.Download(target, first);
        for (int i = 0; i < target.Length; i++)
        {
            (int row, int column) = ((int)((first + i) / skip.Columns), (int)((first + i) % skip.Columns));
            target[i] = (float)(target[i] * this.inputs.ScaleOf(column) / this.outputs.ScaleOf(row));
        }
    }

    /// <summary>Returns ⟨row, s · μ⟩ of consecutive rows of a matrix.</summary>
    private double[] MapOfMean(RealMatrix matrix, int firstRow, int count)
    {
        double[] products = new double[count];
        int columns = matrix.Columns;
        int chunkRows = Math.Max(1, ChunkElements / columns);
        float[] chunk = new float[Math.Min(chunkRows, Math.Max(1, count)) * columns];
        for (int done = 0; done < count; done += chunkRows)
        {
            int rows = Math.Min(chunkRows, count - done);
            matrix.Buffer.Download(chunk.AsSpan(0, rows * columns), (long)(firstRow + done) * columns);
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    double weight = chunk[(row * columns) + column];
                    products[done + row] += weight * this.inputs.ScaleOf(column) * this.inputs.MeanOf(column);
                }
            }
        }

        return products;
    }
}
