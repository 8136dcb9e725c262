using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>What an evaluation gathers over some vectors; parts over different vectors can be merged.</summary>
/// <remarks>Counts of all parts are exactly those of one evaluation; sums agree up to float64 rounding.</remarks>
public sealed class EvaluationSums
{
    private readonly ReconstructionMetric reconstruction;
    private readonly ReconstructionMetric[] sites;
    private readonly PublishedVariantsMetric? variants;
    private LatentStatisticsSnapshot? latents;
    private double elapsedSeconds;

    /// <summary>Begins with no vectors.</summary>
    internal EvaluationSums(SaeConfig config, PublishedVariantsMetric? variants)
    {
        this.reconstruction = new ReconstructionMetric(config.DOut);
        this.sites = [.. (config.Sites ?? []).Select(width => new ReconstructionMetric(width))];
        this.variants = variants;
    }

    /// <summary>Adds what an evaluation gathered over other vectors.</summary>
    /// <param name="other">Sums of the same model; not changed.</param>
    /// <exception cref="ArgumentException">
    /// They are of another width, of other sites or of other latents, or only one side has figures of other libraries.
    /// </exception>
    public void Merge(EvaluationSums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        RequireAlike(other);
        LatentStatisticsSnapshot all = LatentTotals.Merge(this.latents!, other.latents!);
        if (other.variants is not null)
        {
            this.variants!.Merge(other.variants);
        }

        // Nothing is refused from here on.
        this.latents = all;
        this.reconstruction.Merge(other.reconstruction);
        foreach ((ReconstructionMetric site, ReconstructionMetric others) in this.sites.Zip(other.sites))
        {
            site.Merge(others);
        }

        this.elapsedSeconds += other.elapsedSeconds;
    }

    /// <summary>Reads the figures of all vectors so far.</summary>
    /// <param name="sae">The model.</param>
    public EvaluationResult Read(Sae sae)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ReconstructionFigures all = this.reconstruction.Read();
        EvaluationResult result =
            Assemble(all, new SparsityMetric(this.latents!), all.Vectors / this.elapsedSeconds) with
            {
                Variants = this.variants?.Read(),
            };
        if (this.sites.Length == 0)
        {
            return result;
        }

        List<ReconstructionFigures> figures = [.. this.sites.Select(site => site.Read())];
        SiteShares shares = SiteShares.Of(
            sae.Parameters, sae.Config.Sites!, [.. figures.Select(site => site.Variance)]);
        return result with { Sites = SiteFigures.Of(figures, shares, sae), Shares = shares };
    }

    /// <summary>Adds vectors y [count, DOut] with their reconstructions.</summary>
    internal void Add(ReadOnlyMemory<float> y, ReadOnlyMemory<float> yHat, int count)
    {
        this.reconstruction.AddInParallel(y, yHat, count);
        this.variants?.Add(y.Span, yHat.Span);
        int width = this.reconstruction.DIn;
        int first = 0;
        foreach (ReconstructionMetric site in this.sites)
        {
            site.AddInParallel(
                SaeEvaluator.Columns(y.Span, width, first, site.DIn),
                SaeEvaluator.Columns(yHat.Span, width, first, site.DIn),
                count);
            first += site.DIn;
        }
    }

    /// <summary>Ends with the statistics of the latents and how long it took.</summary>
    internal void Complete(LatentStatisticsSnapshot statistics, double seconds)
    {
        this.latents = statistics;
        this.elapsedSeconds = seconds;
    }

    private static EvaluationResult Assemble(
        ReconstructionFigures reconstruction, SparsityMetric sparsity, double tokensPerSecond) => new()
        {
            Tokens = reconstruction.Vectors,
            Mse = reconstruction.Mse,
            Fvu = reconstruction.Fvu,
            ExplainedVariance = reconstruction.ExplainedVariance,
            Cosine = reconstruction.Cosine,
            L2Ratio = reconstruction.L2Ratio,
            RelativeReconstructionBias = reconstruction.RelativeReconstructionBias,
            L0 = sparsity.L0,
            L1 = sparsity.L1,
            AliveFraction = sparsity.AliveFraction,
            SilentFractionEval = sparsity.SilentFraction,
            DensityAboveOnePercent = sparsity.DensityAbove(DensityDiagnosis.OnePercent),
            DensityAboveTenPercent = sparsity.DensityAbove(DensityDiagnosis.TenPercent),
            ActivityAboveOnePercent = sparsity.ActivityAbove(DensityDiagnosis.OnePercent),
            ActivityAboveTenPercent = sparsity.ActivityAbove(DensityDiagnosis.TenPercent),
            TokensPerSecond = tokensPerSecond,
        };

    private void RequireAlike(EvaluationSums other)
    {
        int[] own = [this.reconstruction.DIn, .. this.sites.Select(site => site.DIn)];
        int[] others = [other.reconstruction.DIn, .. other.sites.Select(site => site.DIn)];
        if (!own.SequenceEqual(others) || this.variants is null != other.variants is null)
        {
            throw new ArgumentException(
                $"EvaluationSums: both sides must have the widths {string.Join(", ", own)} and "
                + $"{(this.variants is null ? "no " : string.Empty)}figures of other libraries, but the other one has "
                + $"the widths {string.Join(", ", others)} and "
                + $"{(other.variants is null ? "no " : string.Empty)}such figures. Evaluate all parts alike.");
        }
    }
}
