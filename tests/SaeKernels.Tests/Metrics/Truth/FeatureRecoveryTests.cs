using SaeKernels.Metrics;

namespace SaeKernels.Tests.Metrics.Truth;

public class FeatureRecoveryTests
{
    // Three features on the axes.
    private static readonly UnitDirections Axes = UnitDirections.From([1, 0, 0, 0, 1, 0, 0, 0, 1], 3);

    [Fact]
    public void Counts_are_those_of_a_table_written_by_hand()
    {
        // Latent 0 resembles feature 0, latents 1 and 2 feature 2 (one of them against its sign).
        UnitDirections learned = UnitDirections.From([2, 1, 0, 0, 1, -3, 0, 0, 1], 3);
        int[][] features = [[0], [0, 2], [2], [], [1]];
        FeatureRecovery recovery = new(Axes, learned, (row, active) => active.AddRange(features[row]));
        // Latents: {0}, {0, 1}, {0, 1 at 0}, {2}, {}.
        Add(recovery, 0, [0, 1, 3], [0, 0, 1], [1, 1, 1]);
        Add(recovery, 2, [0, 2, 3, 3], [0, 1, 2], [1, 0, 1]);

        RecoveryFigures figures = recovery.Read();
        // Latent 0: 2 hits of 3 firings, feature 0 twice. Latent 1: 1 of 1, feature 2 twice. Latent 2: 0 of 1.
        Assert.Equal(((2 / 3.0) + 1 + 0) / 3, figures.Precision, 1e-15);
        Assert.Equal((1 + 0.5 + 0) / 3, figures.Recall, 1e-15);
        Assert.Equal(((4 / 5.0) + (2 / 3.0) + 0) / 3, figures.F1, 1e-15);
        Assert.Equal(2 / 3.0, figures.Uniqueness, 1e-15);
    }

    [Fact]
    public void The_truth_itself_is_found_perfectly_and_silence_counts_as_nothing()
    {
        FeatureRecovery recovery = new(Axes, Axes, (row, active) => active.Add((int)(row % 2)));
        Add(recovery, 0, [0, 1, 2, 3], [0, 1, 0], [1, 2, 3]);

        RecoveryFigures figures = recovery.Read();
        // Feature 2 and its latent never fire.
        Assert.Equal(2 / 3.0, figures.Precision, 1e-15);
        Assert.Equal(2 / 3.0, figures.Recall, 1e-15);
        Assert.Equal(2 / 3.0, figures.F1, 1e-15);
        Assert.Equal(1, figures.Uniqueness);
    }

    private static void Add(FeatureRecovery recovery, long firstRow, int[] offsets, int[] latents, float[] values) =>
        recovery.Add(new LatentBatch
        {
            FirstRow = firstRow,
            Rows = offsets.Length - 1,
            RowOffsets = offsets,
            Latents = latents,
            Values = values,
        });
}
