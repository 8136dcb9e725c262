namespace SaeKernels.Metrics;

/// <summary>What the density of a latent, and the shape of its activations, make of it.</summary>
public static class DensityClass
{
    /// <summary>It was never active.</summary>
    public const string Dead = "dead";

    /// <summary>It is in a group of rare latents that lies apart from the others.</summary>
    public const string Ultralow = "ultralow";

    /// <summary>Nothing stands out.</summary>
    public const string Usual = "usual";

    /// <summary>Dense, hardly ever silent, and without an upper cluster: part of the mean, like a bias.</summary>
    public const string Offset = "offset";

    /// <summary>Dense, and its activations thin out from 0 on: sparsity was not learned.</summary>
    public const string NotSparse = "not-sparse";

    /// <summary>Dense, with activations that stand apart from 0: something that is there often.</summary>
    public const string Frequent = "frequent";

    /// <summary>
    /// Dense, with fewer than <see cref="ActivationClustering.LeastCount"/> activations: too few to tell which.
    /// </summary>
    public const string Unclear = "unclear";

    /// <summary>The density above which a latent is dense, unless another one is named.</summary>
    public const double DenseAbove = 0.1;

    // An offset is silent only where noise overcomes it.
    private const double OffsetAbove = 0.9;

    /// <summary>All classes. Every latent is in one of them; from <see cref="Offset"/> on it is dense.</summary>
    public static IReadOnlyList<string> All { get; } = [Dead, Ultralow, Usual, Offset, NotSparse, Frequent, Unclear];

    /// <summary>The classes of dense latents.</summary>
    public static IReadOnlyList<string> Dense { get; } = [Offset, NotSparse, Frequent, Unclear];

    /// <summary>Returns the class of a latent.</summary>
    /// <param name="density">The share of vectors on which it is active.</param>
    /// <param name="split">
    /// log₁₀ of the density that parts two groups of latents; NaN for one group. From <see cref="DensityModes"/>.
    /// </param>
    /// <param name="clustering">The shape of its activations.</param>
    /// <param name="denseAbove">The density above which it is dense.</param>
    public static string Of(
        double density, double split, ActivationClustering clustering, double denseAbove = DenseAbove)
    {
        if (density <= denseAbove)
        {
            return density == 0 ? Dead : Math.Log10(density) < split ? Ultralow : Usual;
        }

        bool standsApart = clustering.Verdict == ActivationClustering.Clustered
            || clustering.PeakRatio >= ActivationClustering.LeastRatio;
        return clustering.Verdict == ActivationClustering.TooFew ? Unclear
            : clustering.Verdict != ActivationClustering.Clustered && density >= OffsetAbove ? Offset
            : standsApart ? Frequent : NotSparse;
    }
}
