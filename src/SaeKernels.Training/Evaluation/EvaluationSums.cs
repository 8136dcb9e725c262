using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>What an evaluation gathers over some vectors; parts over different vectors can be merged.</summary>
/// <remarks>Counts of all parts are exactly those of one evaluation; sums agree up to float64 rounding.</remarks>
public sealed class EvaluationSums
{
    private readonly PublishedVariantsMetric? variants;
    private ReconstructionSnapshot reconstruction;
    private ReconstructionSnapshot[] sites;
    private LatentStatisticsSnapshot latents;
    private double elapsedSeconds;

    /// <summary>Holds what was gathered.</summary>
    internal EvaluationSums(
        ReconstructionSnapshot reconstruction,
        ReconstructionSnapshot[] sites,
        LatentStatisticsSnapshot latents,
        PublishedVariantsMetric? variants,
        double seconds)
    {
        this.reconstruction = reconstruction;
        this.sites = sites;
        this.latents = latents;
        this.variants = variants;
        this.elapsedSeconds = seconds;
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
        LatentStatisticsSnapshot all = LatentTotals.Merge(this.latents, other.latents);
        if (other.variants is not null)
        {
            this.variants!.Merge(other.variants);
        }

        // Nothing is refused from here on.
        this.latents = all;
        this.reconstruction = ReconstructionTotals.Merge(this.reconstruction, other.reconstruction);
        this.sites = [.. this.sites.Zip(other.sites, ReconstructionTotals.Merge)];
        this.elapsedSeconds += other.elapsedSeconds;
    }

    /// <summary>Reads the figures of all vectors so far.</summary>
    /// <param name="sae">The model.</param>
    public EvaluationResult Read(Sae sae)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ReconstructionFigures all = ReconstructionFigures.Of(this.reconstruction);
        EvaluationResult result =
            Assemble(all, new SparsityMetric(this.latents), all.Vectors / this.elapsedSeconds) with
            {
                Variants = this.variants?.Read(),
            };
        if (this.sites.Length == 0)
        {
            return result;
        }

        List<ReconstructionFigures> figures = [.. this.sites.Select(ReconstructionFigures.Of)];
        SiteShares shares = SiteShares.Of(
            sae.Parameters, sae.Config.Sites!, [.. figures.Select(site => site.Variance)]);
        return result with { Sites = SiteFigures.Of(figures, shares, sae), Shares = shares };
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
        int[] own = [this.reconstruction.Mean.Count, .. this.sites.Select(site => site.Mean.Count)];
        int[] others = [other.reconstruction.Mean.Count, .. other.sites.Select(site => site.Mean.Count)];
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
