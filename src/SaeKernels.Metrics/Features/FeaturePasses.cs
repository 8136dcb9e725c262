using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>What both passes of the feature table share.</summary>
internal static class FeaturePasses
{
    /// <summary>A pass with the table's own collectors before those that go along.</summary>
    public static LatentPass Along(
        LatentPass? pass, LatentStatistics statistics, IReadOnlyList<LatentCollector> collectors)
    {
        LatentPass wanted = pass ?? new LatentPass();
        return new LatentPass
        {
            Batch = wanted.Batch,
            Progress = wanted.Progress,
            Statistics = statistics,
            Collectors = [.. collectors, .. wanted.Collectors],
        };
    }

    /// <summary>Throws where a latent had an activation that is not finite.</summary>
    public static void RequireFinite(LatentStatisticsSnapshot statistics)
    {
        for (int latent = 0; latent < statistics.Sums.Count; latent++)
        {
            if (!double.IsFinite(statistics.SumsOfFourthPowers[latent]))
            {
                throw new InvalidDataException(
                    "FeatureTable: activations and their fourth powers must be finite, but latent "
                    + $"{latent} has Σz⁴ = {statistics.SumsOfFourthPowers[latent]}. Check the weights of the model: "
                    + "training may have diverged.");
            }
        }
    }
}
