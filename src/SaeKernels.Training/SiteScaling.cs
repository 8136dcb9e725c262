using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>What a model's layout is told of how training scaled its vectors.</summary>
internal static class SiteScaling
{
    /// <summary>Splits the map of vectors side by side into that of what is read and what is reconstructed.</summary>
    /// <param name="map">The map of a run's vectors.</param>
    /// <param name="config">The model.</param>
    /// <returns>The second one is null where a model reconstructs what it reads.</returns>
    public static (InputScaling Inputs, InputScaling? Targets) Of(Normalization map, SaeConfig config) =>
        config.TargetWidth is int width
            ? (Of(map.Columns(0, config.DIn)), Of(map.Columns(config.DIn, width)))
            : (Of(map), null);

    private static InputScaling Of(Normalization map) => map.Scales.Count > 0
        ? new InputScaling(map.Mean, map.Scales)
        : new InputScaling(map.Mean, map.Scale);
}
