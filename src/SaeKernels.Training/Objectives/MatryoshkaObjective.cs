using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The Matryoshka BatchTopK loss: one selection over the whole batch, and a reconstruction by every prefix of the
/// latents, so that the first ones learn what is general and the last ones what is left.
/// </summary>
/// <remarks>
/// <para>loss = Σ_g w_g · mean_b ‖x − x̂_g‖² / V + α · AuxK, x̂_g = b_dec + Σ_{j &lt; m_g} z_j · W_dec[j], where the
/// weights w_g sum to 1 and AuxK revives dead latents with what the whole dictionary leaves.</para>
/// <para>The gradient of latent j is that of BatchTopK with Σ_{g: m_g &gt; j} w_g · (x − x̂_g) in the place of the
/// residual: one pass of the decoder, one residual a group of latents, and a sparse step.</para>
/// <para>Source: Bussmann et al. 2025, "Learning multi-level features with Matryoshka sparse autoencoders".</para>
/// </remarks>
public sealed class MatryoshkaObjective : BatchTopKObjective
{
    private readonly IntBuffer ends;
    private readonly RealBuffer weights;
    private readonly RealBuffer rowLosses;
    private readonly LatentPrefixes prefixes;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static new ArchitectureTraining Training { get; } = WithPrefixes(TrainingOf(
        BatchTopKSae.MatryoshkaArchitecture,
        (backend, parameters, options) => new MatryoshkaObjective(backend, parameters, options)));

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss with its prefixes, and the largest batch.</param>
    public MatryoshkaObjective(IComputeBackend backend, SaeParameters parameters, SelectionObjectiveOptions options)
        : base(backend, parameters, options)
    {
        int count = options.Prefixes.Count;
        this.ResidualWeight = options.PrefixWeights[^1] / options.PrefixWeights.Sum();
        this.ends = backend.AllocateInt("PrefixEnds", count);
        this.ends.Upload([.. options.Prefixes]);
        this.weights = backend.AllocateReal("PrefixWeights", count);
        this.weights.Upload([.. options.PrefixWeights.Select(weight => weight / options.PrefixWeights[^1])]);
        this.rowLosses = backend.AllocateReal("RowLosses", options.Batch);
        this.prefixes = new LatentPrefixes(this.ends, count, firstBlock: options.AuxKAlpha > 0 ? 2 : 1);
    }

    /// <inheritdoc/>
    private protected override double ResidualWeight { get; }

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = base.Report();
        double loss = this.ResidualWeight * this.Scalars.ReadWeightedSquaredError() / this.Options.Variance;
        return report with { Loss = loss + (this.Options.AuxKAlpha * report.AuxLoss) };
    }

    private protected override void Decode(RealMatrix x) =>
        this.Backend.PrefixResidual(new PrefixResidualArguments
        {
            Codes = this.Codes,
            WDec = this.Parameters.WDec,
            BDec = this.Parameters.BDec,
            Targets = TargetsOf(x),
            Prefixes = this.prefixes,
            Weights = this.weights,
            Residuals = Residuals(x, this.Options.ResidualBlocks),
            RowSquaredErrors = this.RowSquaredErrors,
            MeanSquaredError = this.Scalars.MeanSquaredError,
            RowLosses = this.rowLosses,
            MeanLoss = this.Scalars.WeightedSquaredError,
        });

    private protected override LatentGradientInputs Inputs(RealMatrix x) => base.Inputs(x) with
    {
        Residuals = Residuals(x, this.Options.ResidualBlocks),
        Prefixes = this.prefixes,
    };

    private protected override RealMatrix ResidualsOfBias(RealMatrix x) =>
        Residuals(x, this.Options.ResidualBlocks).Slice(this.prefixes.BlockOfAll * x.Rows, x.Rows);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.ends.Dispose();
        this.weights.Dispose();
        this.rowLosses.Dispose();
        base.Dispose(disposing);
    }

    private static ArchitectureTraining WithPrefixes(ArchitectureTraining training) =>
        training with { Options = training.Options | ArchitectureOptions.Prefixes };
}
