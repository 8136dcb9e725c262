namespace SaeKernels.Metrics;

/// <summary>Rank deciles: examples sorted by activation and cut into slices of equal number.</summary>
/// <remarks>
/// One of three things that are called quantile; see <see cref="ValueIntervals"/>. As in delphi, slice 0 holds the
/// strongest examples.
/// </remarks>
public static class RankDeciles
{
    /// <summary>Cuts examples into slices whose sizes differ by at most one.</summary>
    /// <param name="examples">
    /// The examples in any order; <see cref="SampledExamples.Of"/> gives a uniform sample, and all of them where there
    /// are not more.
    /// </param>
    /// <param name="slices">How many slices; at least 1, default 10.</param>
    /// <returns>
    /// The slices, the strongest first; within one the strongest first, and of equal activations the lowest row first.
    /// Slice i holds the ranks ⌊i · n / slices⌋ to ⌊(i + 1) · n / slices⌋ − 1.
    /// </returns>
    public static IReadOnlyList<IReadOnlyList<TopExample>> Of(IReadOnlyCollection<TopExample> examples, int slices = 10)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfLessThan(slices, 1);
        TopExample[] sorted =
            [.. examples.OrderByDescending(example => example.Activation).ThenBy(example => example.Row)];
        long count = sorted.Length;
        return
        [
            .. Enumerable.Range(0, slices).Select(
                slice => sorted[(int)(slice * count / slices)..(int)((slice + 1) * count / slices)]),
        ];
    }
}
