namespace SaeKernels;

/// <summary>The affine map x′ = (x − Mean) · Scale that takes raw activations to what a model was trained on.</summary>
/// <remarks>Saving a model folds the map into its weights, so that a saved model reads raw activations.</remarks>
public sealed record InputScaling
{
    /// <summary>Describes a map.</summary>
    /// <param name="mean">What is subtracted: DIn finite numbers, or none where nothing is.</param>
    /// <param name="scale">The factor after that; finite and positive.</param>
    /// <exception cref="ArgumentException">A number is not finite, or the factor is not positive.</exception>
    public InputScaling(IReadOnlyList<float> mean, float scale)
    {
        ArgumentNullException.ThrowIfNull(mean);
        if (!(scale > 0) || !float.IsFinite(scale))
        {
            throw new ArgumentException(
                $"InputScaling: Scale must be finite and positive, but is {scale}. Check the data it was estimated "
                + "from.");
        }

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

    /// <summary>The map that changes nothing.</summary>
    public static InputScaling None { get; } = new([], 1);

    /// <summary>What is subtracted: DIn numbers, or none where nothing is.</summary>
    public IReadOnlyList<float> Mean { get; }

    /// <summary>The factor after that.</summary>
    public float Scale { get; }
}
