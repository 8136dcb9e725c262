namespace SaeKernels;

/// <summary>The affine map x′ = (x − Mean) · Scale that takes raw activations to what a model was trained on.</summary>
/// <remarks>
/// Saving a model folds the map into its weights, so that a saved model reads raw activations. Vectors of several sites
/// have a scale for each column.
/// </remarks>
public sealed record InputScaling
{
    /// <summary>Describes a map.</summary>
    /// <param name="mean">What is subtracted: DIn finite numbers, or none where nothing is.</param>
    /// <param name="scale">The factor after that; finite and positive.</param>
    /// <exception cref="ArgumentException">A number is not finite, or the factor is not positive.</exception>
    public InputScaling(IReadOnlyList<float> mean, float scale)
    {
        ArgumentNullException.ThrowIfNull(mean);
        RequireScale(scale);

        for (int d = 0; d < mean.Count; d++)
        {
            if (!float.IsFinite(mean[d]))
            {
                throw new ArgumentException(
                    $"InputScaling: Mean must be finite, but element {d} is {mean[d]}. Check the data it was "
                    + "estimated from.");
            }
        }

        this.Mean = mean;
        this.Scale = scale;
    }

    /// <summary>Describes a map with a factor for each column.</summary>
    /// <param name="mean">What is subtracted: DIn finite numbers, or none where nothing is.</param>
    /// <param name="scales">The factors after that, DIn of them; finite and positive.</param>
    /// <exception cref="ArgumentException">A number is not finite, or a factor is not positive.</exception>
    public InputScaling(IReadOnlyList<float> mean, IReadOnlyList<float> scales)
        : this(mean, 1)
    {
        ArgumentNullException.ThrowIfNull(scales);
        foreach (float scale in scales)
        {
            RequireScale(scale);
        }

        this.Scales = scales;
    }

    /// <summary>The map that changes nothing.</summary>
    public static InputScaling None { get; } = new([], 1);

    /// <summary>What is subtracted: DIn numbers, or none where nothing is.</summary>
    public IReadOnlyList<float> Mean { get; }

    /// <summary>The factor after that; 1 where there are <see cref="Scales"/>.</summary>
    public float Scale { get; }

    /// <summary>The factor of each column, DIn of them, or none where <see cref="Scale"/> is that of all.</summary>
    public IReadOnlyList<float> Scales { get; } = [];

    /// <summary>The factor of a column.</summary>
    /// <param name="column">0 to DIn − 1.</param>
    public double ScaleOf(int column) => this.Scales.Count == 0 ? this.Scale : this.Scales[column];

    /// <summary>What is subtracted from a column.</summary>
    /// <param name="column">0 to DIn − 1.</param>
    public double MeanOf(int column) => this.Mean.Count == 0 ? 0 : this.Mean[column];

    private static void RequireScale(float scale)
    {
        if (!(scale > 0) || !float.IsFinite(scale))
        {
            throw new ArgumentException(
                $"InputScaling: Scale must be finite and positive, but is {scale}. Check the data it was estimated "
                + "from.");
        }
    }
}
