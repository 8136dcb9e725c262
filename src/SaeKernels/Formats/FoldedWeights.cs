using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>
/// The weights of a model as they are for raw vectors: the scaling of its training is folded in while they are read.
/// </summary>
/// <remarks><see cref="SaeLensLayout"/> has the formulas. All is computed in float64 and rounded once.</remarks>
internal sealed class FoldedWeights
{
    private readonly SaeParameters parameters;
    private readonly InputScaling inputs;
    private readonly InputScaling outputs;
    private readonly bool seesRaw;
    private readonly TransposedReader wEnc;
    private readonly TransposedReader wDec;
    private readonly Lazy<float[]> bDec;

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
        this.wDec = new TransposedReader(parameters.WDec, column => 1 / outputs.ScaleOf(column));
        this.bDec = new Lazy<float[]>(() =>
        {
            float[] values = new float[parameters.BDec.Length];
            parameters.BDec.Download(values);
            return values;
        });
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

    /// <summary>
    /// Reads elements of b_enc − W_enc · (b_dec + s · μ), the bias with which an encoder that sees x does what one that
    /// sees x − b_dec does.
    /// </summary>
    public void ReadBEncOfRaw(long first, Span<float> target)
    {
        this.parameters.BEnc.Download(target, first);
        float[] bias = this.bDec.Value;
        double[] shifts = RowProducts.Of(
            this.parameters.WEnc,
            (int)first,
            target.Length,
            column => bias[column] + (this.inputs.ScaleOf(column) * this.inputs.MeanOf(column)));
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)(target[i] - shifts[i]);
        }
    }

    /// <summary>Reads elements of the transpose of W_dec / t.</summary>
    public void ReadWDecColumns(long first, Span<float> target) => this.wDec.Read(first, target);

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
    private double[] MapOfMean(RealMatrix matrix, int firstRow, int count) => RowProducts.Of(
        matrix, firstRow, count, column => this.inputs.ScaleOf(column) * this.inputs.MeanOf(column));
}
