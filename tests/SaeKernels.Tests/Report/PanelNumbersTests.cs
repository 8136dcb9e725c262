using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Report;

namespace SaeKernels.Tests.Report;

/// <summary>Panels against their definitions, written out over the whole table of activations.</summary>
public class PanelNumbersTests
{
    private const int Rows = 400;
    private const int Latents = 12;
    private readonly float[,] table = new float[Rows, Latents];
    private readonly LatentEntries entries = new(Latents);

    public PanelNumbersTests()
    {
        RandomSequence random = new(7, RandomPurpose.General);
        List<int> offsets = [0];
        List<int> latents = [];
        List<float> values = [];
        for (int row = 0; row < Rows; row++)
        {
            for (int latent = 0; latent < Latents; latent++)
            {
                if (random.NextDouble() < 0.2)
                {
                    // Of few different values, so that there are ties.
                    this.table[row, latent] = (1 + random.NextInt64(20)) / 8f;
                    latents.Add(latent);
                    values.Add(this.table[row, latent]);
                }
            }

            offsets.Add(latents.Count);
        }

        this.entries.Add(new LatentBatch
        {
            FirstRow = 0,
            Rows = Rows,
            RowOffsets = offsets.ToArray(),
            Latents = latents.ToArray(),
            Values = values.ToArray(),
            TokenIds = [.. Enumerable.Range(0, Rows).Select(row => (long)row % 7)],
            DocumentIds = [.. Enumerable.Range(0, Rows).Select(row => (long)row / 50)],
        });
        this.entries.Complete();
    }

    [Fact]
    public void Entries_are_the_table_read_by_row_and_by_latent()
    {
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(ActiveRows(latent), this.entries.RowsOf(latent).ToArray());
            Assert.All(Enumerable.Range(0, Rows), row =>
                Assert.Equal(this.table[row, latent], this.entries.ValueAt(latent, row)));
        }
    }

    [Fact]
    public void Entries_come_back_as_a_batch_with_tokens_and_documents()
    {
        LatentBatch batch = this.entries.AsBatch();

        Assert.Equal(Rows, batch.Rows);
        Assert.Equal(Enumerable.Range(0, Rows).Select(row => (long)row % 7), batch.TokenIds.ToArray());
        Assert.Equal(Enumerable.Range(0, Rows).Select(row => (long)row / 50), batch.DocumentIds.ToArray());
        Assert.True(batch.Positions.IsEmpty);
        LatentEntries again = new(Latents);
        again.Add(batch);
        Assert.Equal(batch.Values.ToArray(), again.AsBatch().Values.ToArray());
    }

    [Fact]
    public void Coactivation_is_the_correlation_over_all_rows()
    {
        CoactivationPanel panel = new(this.entries);
        double[] scratch = new double[Latents];
        for (int latent = 0; latent < Latents; latent++)
        {
            IReadOnlyList<Neighbour> found = panel.Of(latent, scratch);

            Assert.All(scratch, number => Assert.Equal(0, number));
            Assert.Equal(found.OrderByDescending(one => one.Value), found);
            // Sums of multiples of 1/8 are exact: only the last few operations round.
            Assert.All(found, one => Assert.Equal(Pearson(latent, one.Feature), one.Value, 12));
        }
    }

    [Fact]
    public void The_cumulative_share_is_a_count()
    {
        float[] values = [.. ActiveRows(3).Select(row => this.table[row, 3]).Order()];
        CumulativeShare cdf = ActivationPanels.Cumulative(values, Rows);

        Assert.Equal(0, cdf.Activation[0]);
        Assert.Equal(1, cdf.Share[^1]);
        Assert.Equal(cdf.Activation.Distinct().Order(), cdf.Activation);
        Assert.All(cdf.Activation.Zip(cdf.Share), point => Assert.Equal(
            (double)Enumerable.Range(0, Rows).Count(row => this.table[row, 3] <= point.First) / Rows, point.Second));
    }

    [Fact]
    public void Histograms_count_every_activation_once()
    {
        float[] values = [.. ActiveRows(5).Select(row => this.table[row, 5])];

        Assert.Equal(values.Length, ActivationPanels.Linear(values).Counts.Sum());
        Assert.Equal(values.Length, ActivationPanels.Logarithmic(values).Counts.Sum());
        Assert.Equal(values.Count(value => value == values.Max()), ActivationPanels.Linear(values).Counts[^1]);
    }

    [Fact]
    public void A_run_ends_with_its_document()
    {
        long[] documents = [1, 1, 1, 2, 2, 2, 2, 2];
        SequencePanels panel = new(new DocumentCut(8, RowKind.Tokens, documents, null), 8);

        // Rows 1 2 | 3 4 and 6: the first run is cut at the end of document 1.
        IReadOnlyList<int> runs = panel.RunsOf([1, 2, 3, 4, 6])!;

        Assert.Equal([1, 2, 0], runs.Take(3));
        Assert.Null(panel.PositionsOf([1]));
    }

    [Fact]
    public void A_window_stays_in_its_document_and_a_word_stands_alone()
    {
        long[] documents = [1, 1, 1, 2, 2, 2, 2, 2];

        Assert.Equal((3, 6), new DocumentCut(8, RowKind.Tokens, documents, null).WindowAround(4, 1));
        Assert.Equal((3, 8), new DocumentCut(8, RowKind.Tokens, documents, null).WindowAround(4, 9));
        Assert.Equal((4, 5), new DocumentCut(8, RowKind.Words, null, null).WindowAround(4, 9));
    }

    private int[] ActiveRows(int latent) => [.. Enumerable.Range(0, Rows).Where(row => this.table[row, latent] > 0)];

    private double Pearson(int left, int right)
    {
        double[] x = [.. Enumerable.Range(0, Rows).Select(row => (double)this.table[row, left])];
        double[] y = [.. Enumerable.Range(0, Rows).Select(row => (double)this.table[row, right])];
        double meanX = x.Average();
        double meanY = y.Average();
        double covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        return covariance / Math.Sqrt(x.Sum(a => (a - meanX) * (a - meanX)) * y.Sum(b => (b - meanY) * (b - meanY)));
    }
}
