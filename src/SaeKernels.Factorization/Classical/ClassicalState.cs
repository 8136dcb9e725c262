namespace SaeKernels.Factorization;

/// <summary>What the classical solver changes: the dictionary, b and the codes of all vectors.</summary>
internal sealed class ClassicalState
{
    private readonly RowMatrix vectors;
    private readonly RowMatrix dictionary;
    private readonly float[] bias;
    private readonly bool fitsBias;
    private readonly int stride;
    private readonly float[] codes;
    private readonly float[] residual;
    private readonly double[] squaredErrors;

    /// <summary>
    /// Begins with given directions, codes of 0, and b at 0 or, where it is fitted, at the mean of the vectors.
    /// </summary>
    public ClassicalState(RowMatrix vectors, RowMatrix directions, bool fitsBias)
    {
        this.vectors = vectors;
        this.dictionary = directions with { Elements = [.. directions.Elements] };
        this.bias = new float[vectors.Width];
        this.fitsBias = fitsBias;
        this.stride = NonNegativeLasso.StrideOf(directions.Rows);
        this.codes = new float[vectors.Rows * this.stride];
        this.residual = new float[vectors.Width];
        this.squaredErrors = new double[vectors.Rows];
        for (int atom = 0; atom < directions.Rows; atom++)
        {
            _ = Normalize(atom);
        }

        for (int i = 0; i < vectors.Elements.Length && fitsBias; i++)
        {
            this.bias[i % vectors.Width] += vectors.Elements[i] / vectors.Rows;
        }
    }

    /// <summary>Begins with the codes and b of a factorisation.</summary>
    public void Take(SparseFactorization start)
    {
        for (int d = 0; d < this.bias.Length && this.fitsBias; d++)
        {
            this.bias[d] = start.Bias[d];
        }

        for (int row = 0; row < this.vectors.Rows; row++)
        {
            ReadOnlySpan<int> columns = start.Codes.ColumnsOf(row);
            ReadOnlySpan<float> values = start.Codes.ValuesOf(row);
            for (int entry = 0; entry < columns.Length; entry++)
            {
                this.codes[(row * this.stride) + columns[entry]] = values[entry];
            }
        }
    }

    /// <summary>Improves all codes and returns the objective.</summary>
    public double SolveCodes(double lambda, int iterations)
    {
        NonNegativeLasso lasso = new(this.dictionary, this.bias);
        double objective = 0;
        for (int row = 0; row < this.vectors.Rows; row++)
        {
            Span<float> code = this.codes.AsSpan(row * this.stride, this.stride);
            lasso.Solve(this.vectors[row], (float)lambda, iterations, code);
            double sum = 0;
            for (int atom = 0; atom < this.dictionary.Rows; atom++)
            {
                sum += code[atom];
            }

            this.squaredErrors[row] = SquaredError(row);
            objective += (this.squaredErrors[row] / 2) + (lambda * sum);
        }

        return objective / this.vectors.Rows;
    }

    /// <summary>
    /// Finds the dictionary, and b where it is fitted, with the least squared error for the codes; directions that no
    /// vector uses become the errors of the vectors that are worst.
    /// </summary>
    public void UpdateDictionary()
    {
        int atoms = this.dictionary.Rows;
        int width = this.vectors.Width;
        int unknowns = atoms + (this.fitsBias ? 1 : 0);
        double[] products = new double[unknowns * unknowns];
        double[] right = new double[unknowns * width];
        AddProducts(products, unknowns, right);
        bool[] unused = new bool[atoms];
        for (int atom = 0; atom < atoms; atom++)
        {
            unused[atom] = products[(atom * unknowns) + atom] == 0;
        }

        NormalEquations.Solve(products, unknowns, right, width);
        for (int i = 0; i < this.dictionary.Elements.Length; i++)
        {
            this.dictionary.Elements[i] = unused[i / width] ? 0 : (float)right[i];
        }

        for (int d = 0; d < width && this.fitsBias; d++)
        {
            this.bias[d] = (float)right[(atoms * width) + d];
        }

        Rescale();
        Reseed(unused);
    }

    /// <summary>Copies the state.</summary>
    public SparseFactorization ToFactorization(double objective) => new()
    {
        Dictionary = this.dictionary with { Elements = [.. this.dictionary.Elements] },
        Bias = [.. this.bias],
        Codes = SparseRows.From(this.codes, this.stride),
        Objective = objective,
        Mse = this.squaredErrors.Average(),
    };

    private double SquaredError(int row)
    {
        Residual(row);
        return VectorMath.Dot(this.residual, this.residual);
    }

    private void Residual(int row)
    {
        ReadOnlySpan<float> vector = this.vectors[row];
        for (int d = 0; d < this.residual.Length; d++)
        {
            this.residual[d] = vector[d] - this.bias[d];
        }

        for (int atom = 0; atom < this.dictionary.Rows; atom++)
        {
            float value = this.codes[(row * this.stride) + atom];
            if (value != 0)
            {
                VectorMath.AddScaled(this.residual, this.dictionary[atom], -value);
            }
        }
    }

    /// <summary>Sums sᵀs and sᵀx over the vectors; the constant that b multiplies is one more entry of s.</summary>
    private void AddProducts(double[] products, int unknowns, double[] right)
    {
        int width = this.vectors.Width;
        double[] vector = new double[width];
        int[] columns = new int[unknowns];
        for (int row = 0; row < this.vectors.Rows; row++)
        {
            ReadOnlySpan<float> code = this.codes.AsSpan(row * this.stride, this.stride);
            int count = 0;
            for (int atom = 0; atom < this.dictionary.Rows; atom++)
            {
                if (code[atom] != 0)
                {
                    columns[count++] = atom;
                }
            }

            if (this.fitsBias)
            {
                columns[count++] = unknowns - 1;
            }

            for (int d = 0; d < width; d++)
            {
                vector[d] = this.vectors[row][d];
            }

            for (int i = 0; i < count; i++)
            {
                double value = columns[i] < this.dictionary.Rows ? code[columns[i]] : 1;
                for (int j = 0; j < count; j++)
                {
                    products[(columns[i] * unknowns) + columns[j]] +=
                        value * (columns[j] < this.dictionary.Rows ? code[columns[j]] : 1);
                }

                VectorMath.AddScaled(right.AsSpan(columns[i] * width, width), vector, value);
            }
        }
    }

    /// <summary>Scales rows to unit length and the codes the other way: their product stays.</summary>
    private void Rescale()
    {
        for (int atom = 0; atom < this.dictionary.Rows; atom++)
        {
            float length = Normalize(atom);
            for (int row = 0; row < this.vectors.Rows; row++)
            {
                this.codes[(row * this.stride) + atom] *= length;
            }
        }
    }

    private void Reseed(bool[] unused)
    {
        if (!unused.Contains(true))
        {
            return;
        }

        int[] worst = [.. Enumerable.Range(0, this.vectors.Rows)];
        Array.Sort([.. this.squaredErrors.Select(error => -error)], worst);
        int next = 0;
        for (int atom = 0; atom < unused.Length && next < worst.Length; atom++)
        {
            if (unused[atom])
            {
                Residual(worst[next++]);
                this.residual.CopyTo(this.dictionary.Elements, atom * this.dictionary.Width);
                _ = Normalize(atom);
            }
        }
    }

    private float Normalize(int atom)
    {
        Span<float> row = this.dictionary.Elements.AsSpan(atom * this.dictionary.Width, this.dictionary.Width);
        float length = MathF.Sqrt(VectorMath.Dot(row, row));
        for (int d = 0; d < row.Length && length > 0; d++)
        {
            row[d] /= length;
        }

        return length;
    }
}
