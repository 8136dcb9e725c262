using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Puts the row of one latent together.</summary>
internal readonly struct FeatureRowBuilder
{
    public required int Latent { get; init; }

    public required FeatureFirstPass First { get; init; }

    public required FeatureSecondPass Second { get; init; }

    public required LatentGeometry Geometry { get; init; }

    public required NearestDirection Nearest { get; init; }

    public required DirectionInformation Directions { get; init; }

    public required SequenceFigures Sequences { get; init; }

    public required double Bits { get; init; }

    public required double BitsShare { get; init; }

    public required double ActivationShare { get; init; }

    public required double DensitySplit { get; init; }

    public required double DenseAbove { get; init; }

    private LatentStatisticsSnapshot Statistics => this.First.Statistics;

    public FeatureRow Build()
    {
        long active = this.Statistics.Counts[this.Latent];
        bool isActive = active > 0;
        ActivationMoments nonzero = MomentsOver(active);
        ActivationMoments all = MomentsOver(this.Statistics.Rows);
        long[] histogram = Histogram();
        ActivationClustering clustering = FindClustering(histogram, nonzero.Sigma);
        double max = isActive ? this.Statistics.Maxima[this.Latent] : double.NaN;
        double decoderNorm = this.Geometry.DecoderNorms[this.Latent];
        double encoderNorm = this.Geometry.EncoderNorms[this.Latent];
        double dot = this.Geometry.Dots[this.Latent];
        double density = active / (double)this.Statistics.Rows;
        bool hasDocuments = this.Sequences.Documents > 0;
        return new FeatureRow
        {
            Latent = this.Latent,
            ActiveTokens = active,
            Density = density,
            DensityClass = DensityClass.Of(density, this.DensitySplit, clustering, this.DenseAbove),
            Log10Density = isActive ? Math.Log10(density) : double.NaN,
            ExpectedValue = all.Mean,
            ExpectedValueShare = this.ActivationShare,
            Mean = nonzero.Mean,
            Sigma = nonzero.Sigma,
            Min = isActive ? this.Statistics.Minima[this.Latent] : double.NaN,
            Max = max,
            AbsoluteMean = nonzero.Mean * decoderNorm,
            AbsoluteMax = max * decoderNorm,
            Q05 = Quantile(0.05),
            Q10 = Quantile(0.1),
            Q25 = Quantile(0.25),
            Q50 = Quantile(0.5),
            Q75 = Quantile(0.75),
            Q90 = Quantile(0.9),
            Q95 = Quantile(0.95),
            Q99 = Quantile(0.99),
            Q999 = Quantile(0.999),
            SkewActive = nonzero.Skew,
            KurtosisActive = nonzero.Kurtosis,
            SkewAll = all.Skew,
            KurtosisAll = all.Kurtosis,
            SkewActiveUncentered = nonzero.SkewUncentered,
            KurtosisActiveUncentered = nonzero.KurtosisUncentered,
            SkewAllUncentered = all.SkewUncentered,
            KurtosisAllUncentered = all.KurtosisUncentered,
            BimodalityCoefficient = nonzero.BimodalityCoefficient,
            Clustering = clustering.Verdict,
            ClusteringValley = clustering.Valley,
            ClusteringMode = clustering.Mode,
            ClusteringRatio = clustering.Ratio,
            ClusteringMass = clustering.Mass,
            ClusteringBic = FindEvidence(histogram),
            DecoderNorm = decoderNorm,
            EncoderNorm = encoderNorm,
            EncoderDecoderDot = dot,
            EncoderDecoderCosine = dot / (encoderNorm * decoderNorm),
            EncoderBias = this.Geometry.EncoderBias[this.Latent],
            NearestLatent = this.Nearest.Latent,
            NearestCosine = this.Nearest.Cosine,
            DescriptionLengthBits = this.Bits,
            DescriptionLengthShare = this.BitsShare,
            InformationCodeBits = this.Second.Codes.BitsOf(this.Latent),
            InformationDirectionBits = this.Directions.Bits[this.Latent],
            InformationCodeLowerEdge = this.Second.Codes.Low,
            InformationCodeEdge = this.Second.Codes.High,
            InformationDirectionEdge = this.Directions.High,
            InformationBins = this.Second.Codes.Bins,
            PositionInformationBits = this.First.Positions.Of(this.Latent),
            TokensPerActiveDocument = hasDocuments ? this.Sequences.TokensPerActiveDocument(this.Latent) : double.NaN,
            RunLengthMean = hasDocuments ? this.Sequences.MeanRun(this.Latent) : double.NaN,
            RunLengthMax = this.Sequences.LongestRun(this.Latent),
            Autocorrelation1 = this.Sequences.Autocorrelation(this.Latent, 1),
            Autocorrelation2 = this.Sequences.Autocorrelation(this.Latent, 2),
            Autocorrelation4 = this.Sequences.Autocorrelation(this.Latent, 4),
            Autocorrelation8 = this.Sequences.Autocorrelation(this.Latent, 8),
            UnigramTokens = this.Second.Unigrams.TokensOf(this.Latent),
            UnigramPurity = this.Second.Unigrams.PurityOf(this.Latent),
        };
    }

    private double Quantile(double fraction)
    {
        double middle = this.First.Quantiles.Quantile(this.Latent, fraction);
        return double.IsNaN(middle)
            ? middle
            : Math.Clamp(middle, this.Statistics.Minima[this.Latent], this.Statistics.Maxima[this.Latent]);
    }

    private ActivationMoments MomentsOver(long count) => new(
        count,
        this.Statistics.Sums[this.Latent],
        this.Statistics.SumsOfSquares[this.Latent],
        this.Statistics.SumsOfCubes[this.Latent],
        this.Statistics.SumsOfFourthPowers[this.Latent]);

    private long[] Histogram()
    {
        long[] counts = new long[FeatureSecondPass.LinearBins];
        for (int bin = 0; bin < counts.Length; bin++)
        {
            counts[bin] = this.Second.Statistics.LinearHistogram[(this.Latent * counts.Length) + bin];
        }

        return counts;
    }

    private ActivationClustering FindClustering(long[] counts, double sigma) => ActivationClustering.Of(
        counts,
        FeatureSecondPass.UpperEdge(this.Statistics.Maxima[this.Latent]),
        sigma,
        Quantile(0.75) - Quantile(0.25));

    /// <summary>Four bins together: the fit goes over them some hundred times, and needs no finer ones.</summary>
    private double FindEvidence(long[] counts)
    {
        const int Together = 4;
        long[] coarse = new long[counts.Length / Together];
        for (int bin = 0; bin < counts.Length; bin++)
        {
            coarse[bin / Together] += counts[bin];
        }

        return MixtureEvidence.Of(coarse, FeatureSecondPass.UpperEdge(this.Statistics.Maxima[this.Latent]));
    }
}
