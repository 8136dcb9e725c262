namespace SaeKernels.Metrics;

/// <summary>By what a feature table is ordered.</summary>
public enum FeatureOrdering
{
    /// <summary>By latent, ascending.</summary>
    Latent,

    /// <summary>By <see cref="FeatureRow.AbsoluteMax"/>, the strongest first.</summary>
    AbsoluteMax,

    /// <summary>
    /// By <see cref="FeatureRow.Density"/>, the most frequent first; by the number of activations too.
    /// </summary>
    Density,

    /// <summary>By <see cref="FeatureRow.ExpectedValue"/>, what contributes most first.</summary>
    ExpectedValue,

    /// <summary>By <see cref="FeatureRow.ClusteringRatio"/>, the deepest valley first.</summary>
    Clustering,

    /// <summary>By a counter-based random number of the latent: the same order every time.</summary>
    Random,
}
