using MathNet.Numerics.LinearAlgebra;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Normal vectors of mean 0 and a given covariance: a factor of it times independent draws.</summary>
internal sealed class CorrelatedNormal
{
    private readonly double[][] factorRows;

    private CorrelatedNormal(double[][] factorRows) => this.factorRows = factorRows;

    /// <summary>The covariance A·Aᵀ with normal A, [size, size].</summary>
    public static CorrelatedNormal Gram(ulong seed, int size)
    {
        RandomSequence random = Matrices(seed);
        double[][] rows = new double[size][];
        for (int row = 0; row < size; row++)
        {
            rows[row] = new double[size];
            for (int column = 0; column < size; column++)
            {
                rows[row][column] = random.NextNormal();
            }
        }

        return new CorrelatedNormal(rows);
    }

    /// <summary>
    /// The covariance (R + Rᵀ) / 2 with R of U(0, 1) draws, less 1.001 times its smallest eigenvalue on the diagonal
    /// where that is negative.
    /// </summary>
    public static CorrelatedNormal SymmetricUniform(ulong seed, int size)
    {
        RandomSequence random = Matrices(seed);
        Matrix<double> uniform = Matrix<double>.Build.Dense(size, size);
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                uniform[row, column] = random.NextDouble();
            }
        }

        Matrix<double> covariance = (uniform + uniform.Transpose()) / 2;
        double least = covariance.Evd(Symmetricity.Symmetric).EigenValues.Min(value => value.Real);
        if (least < 0)
        {
            covariance -= Matrix<double>.Build.DenseIdentity(size) * (1.001 * least);
        }

        return OfCovariance(covariance);
    }

    /// <summary>Any covariance, also one without full rank; what rounding made negative counts as 0.</summary>
    public static CorrelatedNormal OfCovariance(Matrix<double> covariance)
    {
        MathNet.Numerics.LinearAlgebra.Factorization.Evd<double> parts = covariance.Evd(Symmetricity.Symmetric);
        Matrix<double> factor = parts.EigenVectors.Clone();
        for (int column = 0; column < factor.ColumnCount; column++)
        {
            double scale = Math.Sqrt(Math.Max(0, parts.EigenValues[column].Real));
            factor.SetColumn(column, factor.Column(column) * scale);
        }

        return new CorrelatedNormal(factor.ToRowArrays());
    }

    /// <summary>Draws a vector.</summary>
    /// <param name="random">The random numbers.</param>
    /// <param name="vector">Receives it, [size].</param>
    public void Draw(ref RandomSequence random, Span<double> vector)
    {
        double[] independent = new double[vector.Length];
        for (int i = 0; i < independent.Length; i++)
        {
            independent[i] = random.NextNormal();
        }

        for (int i = 0; i < vector.Length; i++)
        {
            double[] row = this.factorRows[i];
            double sum = 0;
            for (int j = 0; j < row.Length; j++)
            {
                sum += row[j] * independent[j];
            }

            vector[i] = sum;
        }
    }

    private static RandomSequence Matrices(ulong seed) => new(seed, RandomPurpose.SyntheticTruth, (1L << 40) + 1);
}
