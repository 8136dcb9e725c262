using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>The table of what is known of each latent: what <c>sae features</c> writes and the browser shows.</summary>
public static class FeatureTable
{
    // Bits are comparable at equal bins only; 16 is in the middle of what Ayonrinde et al. 2024 tried.
    private const int ValueBins = 16;

    /// <summary>Goes over the data twice and returns a row for each latent.</summary>
    /// <remarks>
    /// Two encodes of the data, and 2 · DSae² · DIn FLOP for the nearest directions. Memory is O(DSae), beside a batch
    /// and a copy of the decoder. Chunks and shards change no count and no example, and no figure by more than
    /// rounding.
    /// </remarks>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="pass">Batch size and progress, told of both passes; null for the defaults.</param>
    /// <param name="density">The density above which a latent is dense; null for the default.</param>
    /// <param name="cancellation">Ends a pass between two batches.</param>
    /// <exception cref="InvalidDataException">
    /// The data has another width than the model, or the model an activation that is not finite.
    /// </exception>
    public static IReadOnlyList<FeatureRow> Measure(
        Sae sae,
        VectorSource source,
        LatentPass? pass = null,
        DensityThresholds? density = null,
        CancellationToken cancellation = default)
    {
        FeatureFirstPass first = FeatureFirstPass.Run(sae, source, pass: pass, cancellation: cancellation);
        FeatureSecondPass second =
            FeatureSecondPass.Run(sae, source, first, pass: pass, cancellation: cancellation);
        return Of(sae, first, second, density);
    }

    /// <summary>Returns a row for each latent of what two passes found.</summary>
    /// <param name="sae">The model.</param>
    /// <param name="first">The first pass over the whole data.</param>
    /// <param name="second">The second pass over the same data.</param>
    /// <param name="density">The density above which a latent is dense; null for the default.</param>
    public static IReadOnlyList<FeatureRow> Of(
        Sae sae, FeatureFirstPass first, FeatureSecondPass second, DensityThresholds? density = null)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        int latents = sae.Config.DSae;
        LatentGeometry geometry = LatentGeometry.Of(sae.Parameters);
        DirectionInformation directions = DirectionInformation.Of(sae.Parameters.WDec, second.Codes.Bins);
        NearestDirection[] nearest = NearestDirections.Of(sae.Backend, sae.Parameters.WDec);
        SequenceFigures sequences = first.Sequences.Read();
        double[] bits = [.. Enumerable.Range(0, latents).Select(latent => BitsOf(second.Statistics, latent))];
        double allBits = bits.Sum();
        double split = DensityModes.Split(
            first.Statistics.Counts.Select(count => count / (double)first.Statistics.Rows));
        double allActivations = first.Statistics.Sums.Sum();
        FeatureRow[] rows = new FeatureRow[latents];
        _ = Parallel.For(0, latents, latent => rows[latent] = new FeatureRowBuilder
        {
            Latent = latent,
            First = first,
            Second = second,
            Geometry = geometry,
            Nearest = nearest[latent],
            Directions = directions,
            Sequences = sequences,
            DensitySplit = split,
            DenseAbove = density?.DenseAbove ?? DensityClass.DenseAbove,
            Bits = bits[latent],
            BitsShare = bits[latent] / allBits,
            ActivationShare = first.Statistics.Sums[latent] / allActivations,
        }.Build());
        return rows;
    }

    private static double BitsOf(LatentStatisticsSnapshot statistics, int latent)
    {
        const int Together = FeatureSecondPass.LinearBins / ValueBins;
        long[] counts = new long[ValueBins];
        for (int bin = 0; bin < FeatureSecondPass.LinearBins; bin++)
        {
            counts[bin / Together] += statistics.LinearHistogram[(latent * FeatureSecondPass.LinearBins) + bin];
        }

        double probability = statistics.Counts[latent] / (double)statistics.Rows;
        return HistogramEntropy.OfChoice(probability)
            + (statistics.Counts[latent] == 0 ? 0 : probability * HistogramEntropy.Of(counts));
    }
}
