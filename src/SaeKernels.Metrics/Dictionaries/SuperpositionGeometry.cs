namespace SaeKernels.Metrics;

/// <summary>How many dimensions each feature of a toy model has for itself.</summary>
/// <remarks>
/// W_i is the direction of feature i. D_i = ‖W_i‖² / Σ_j (Ŵ_i · W_j)²: 1 for a feature that shares no dimension, 1/2 in
/// an antipodal pair, 2/3 in a triangle, 3/4 in a tetrahedron, 2/5 in a pentagon, 3/8 in a square antiprism; a feature
/// that is not represented has D_i near 0. Source: Elhage et al. 2022, "Toy models of superposition".
/// </remarks>
public sealed class SuperpositionGeometry
{
    private SuperpositionGeometry(double[] norms, double[] dimensionalities, int hidden)
    {
        this.Norms = norms;
        this.Dimensionalities = dimensionalities;
        this.FrobeniusSquared = norms.Sum(norm => norm * norm);
        this.Hidden = hidden;
    }

    /// <summary>‖W_i‖ of each feature: about 1 where it is represented, 0 where it is not.</summary>
    public IReadOnlyList<double> Norms { get; }

    /// <summary>D_i of each feature, 0 to 1; NaN for a direction of zero.</summary>
    public IReadOnlyList<double> Dimensionalities { get; }

    /// <summary>‖W‖²_F: about the number of features that are represented.</summary>
    public double FrobeniusSquared { get; }

    /// <summary>The dimensions there are.</summary>
    public int Hidden { get; }

    /// <summary>Hidden / ‖W‖²_F: dimensions a represented feature. 1 without superposition, 1/2 in pairs.</summary>
    public double DimensionsPerFeature => this.Hidden / this.FrobeniusSquared;

    /// <summary>Measures directions.</summary>
    /// <param name="directions">W, a row a feature: [features · hidden].</param>
    /// <param name="hidden">The dimensions, at least 1.</param>
    /// <exception cref="ArgumentException">The rows are not whole.</exception>
    public static SuperpositionGeometry Of(ReadOnlySpan<double> directions, int hidden)
    {
        if (hidden < 1 || directions.Length % hidden != 0)
        {
            throw new ArgumentException(
                $"SuperpositionGeometry: directions must be whole rows of {hidden}, but are {directions.Length} "
                + "numbers. Pass [features · hidden] numbers.");
        }

        int features = directions.Length / hidden;
        double[] norms = new double[features];
        double[] dimensionalities = new double[features];
        for (int i = 0; i < features; i++)
        {
            ReadOnlySpan<double> own = directions.Slice(i * hidden, hidden);
            norms[i] = Math.Sqrt(VectorProducts.Dot(own, own));
            double shared = 0;
            for (int j = 0; j < features; j++)
            {
                double product = VectorProducts.Dot(own, directions.Slice(j * hidden, hidden)) / norms[i];
                shared += product * product;
            }

            dimensionalities[i] = norms[i] * norms[i] / shared;
        }

        return new SuperpositionGeometry(norms, dimensionalities, hidden);
    }
}
