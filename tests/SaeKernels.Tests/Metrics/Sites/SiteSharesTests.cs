using SaeKernels.Metrics;
using SaeKernels.Reference;

namespace SaeKernels.Tests.Metrics.Sites;

public sealed class SiteSharesTests
{
    private const int DIn = 5;

    [Fact]
    public void A_share_is_the_length_of_a_part_of_the_row_in_deviations_of_its_site()
    {
        // Lengths 5 and 12 of sites with deviations 1 and 4: 5 / (5 + 3). Then one site alone, the other, and neither.
        SiteShares shares = Shares(
            [
                3, 4, 12, 0, 0,
                -2, 0, 0, 0, 0,
                0, 0, 0, -1, 7,
                0, 0, 0, 0, 0,
            ],
            [2, 3],
            [1, 16]);

        Assert.Equal((4, 2), (shares.Latents, shares.Sites));
        Assert.Equal((0.625, 0.375), (shares[0, 0], shares[0, 1]));
        Assert.Equal((1.0, 0.0), (shares[1, 0], shares[1, 1]));
        Assert.Equal((0.0, 1.0), (shares[2, 0], shares[2, 1]));
        Assert.Equal((double.NaN, double.NaN), (shares[3, 0], shares[3, 1]));
    }

    [Fact]
    public void A_mean_leaves_out_rows_of_zeros()
    {
        SiteShares shares = Shares([3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4], [2, 1, 2], [1, 1, 1]);

        Assert.Equal(0.375, shares.Mean(0));
        Assert.Equal(0.125, shares.Mean(1));
        Assert.Equal(0.5, shares.Mean(2));
        Assert.Equal(double.NaN, Shares(new double[DIn], [4, 1], [1, 1]).Mean(0));
    }

    [Fact]
    public void Rows_beyond_a_block_are_read_too()
    {
        const int Latents = 1027;
        double[] rows = new double[Latents * DIn];
        for (int latent = 0; latent < Latents; latent++)
        {
            rows[(latent * DIn) + 1] = 1;
            rows[(latent * DIn) + 4] = latent % 8;
        }

        SiteShares shares = Shares(rows, [2, 3], [1, 1]);

        Assert.All(
            Enumerable.Range(0, Latents), latent => Assert.Equal(1.0 / (1 + (latent % 8)), shares[latent, 0], 1e-15));
    }

    [Theory]
    [InlineData(new[] { 2, 2 }, "2 + 2 with 2")]
    [InlineData(new[] { 2, 2, 1 }, "2 + 2 + 1 with 2")]
    public void Sites_that_are_not_the_model_s_are_refused(int[] widths, string found) => Assert.Equal(
        $"SiteShares: widths must sum up to DOut = 5, with a variance each, but are {found} variances. Pass the sites "
        + "of the model.",
        Assert.Throws<ArgumentException>(() => Shares(new double[DIn], widths, [1, 1])).Message);

    private static SiteShares Shares(double[] decoder, int[] widths, double[] variances)
    {
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        SaeConfig config = new() { Architecture = "relu", DIn = DIn, DSae = decoder.Length / DIn };
        using SaeParameters parameters = new(backend, config);
        parameters.WDec.Buffer.Upload(decoder);
        return SiteShares.Of(parameters, widths, variances);
    }
}
