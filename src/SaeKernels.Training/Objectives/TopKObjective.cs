using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The TopK loss with AuxK, its gradients, and the training step that applies them.</summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + α · Σ_b ‖e − ê‖² / Σ_b ‖e − ē‖², with V the variance of a vector estimated once,
/// e = x − x̂ held constant in the second term, and ê the reconstruction of e by the best dead latents.</para>
/// <para>Memory: what a batch needs, O(batch · (DIn + K + AuxK)); nothing of size batch × DSae.</para>
/// <para>
/// Source: Gao et al. 2024, "Scaling and evaluating sparse autoencoders"; our details are in docs/decisions.
/// </para>
/// </remarks>
public sealed class TopKObjective : TrainingObjective
{
    private readonly TopKObjectiveOptions options;
    private readonly SparseCodes codes;
    private readonly SparseCodes? auxCodes;
    private readonly LatentMajorList list;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = new(
        TopKSae.Architecture.Id,
        ArchitectureOptions.K | ArchitectureOptions.AuxK,
        plan => plan.Batch * (plan.K + plan.ListedAuxK),
        (backend, parameters, plan, variance) => new TopKObjective(backend, parameters, new TopKObjectiveOptions
        {
            Batch = plan.Batch,
            K = plan.K,
            AuxKAlpha = plan.AuxKAlpha,
            AuxK = plan.AuxK,
            DeadAfterTokens = plan.DeadAfterTokens,
            Variance = variance,
            MaxGradientNorm = plan.MaxGradientNorm,
        }));

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public TopKObjective(IComputeBackend backend, SaeParameters parameters, TopKObjectiveOptions options)
        : base(backend, parameters, Shared(options))
    {
        bool aux = options.AuxKAlpha > 0;
        this.options = options;
        this.codes = new SparseCodes(backend, "Codes", options.Batch, options.Batch * options.K);
        this.auxCodes = aux ? new SparseCodes(backend, "AuxCodes", options.Batch, options.Batch * options.AuxK) : null;
        this.list = new LatentMajorList(
            backend, parameters.WEnc.Rows, this.codes.Capacity + (this.auxCodes?.Capacity ?? 0));
    }

    /// <inheritdoc/>
    public override StepReport Report() =>
        this.Scalars.Read(this.options.Variance, this.options.AuxKAlpha, this.Parameters.WEnc.Rows);

    private protected override void Forward(RealMatrix x, long step)
    {
        this.Backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = Center(x),
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            K = this.options.K,
            Codes = this.codes,
            Aux = this.auxCodes is null
                ? null
                : new AuxSelection { Mask = this.DeadMask, K = this.options.AuxK, Codes = this.auxCodes },
        });
        DecodeListed(x, this.codes);
        if (this.auxCodes is not null)
        {
            this.Backend.AuxResidual(new AuxResidualArguments
            {
                Rows = x.Rows,
                AuxCodes = this.auxCodes,
                WDec = this.Parameters.WDec,
                Residuals = Residuals(x, parts: 2),
                Coefficient = this.options.AuxKAlpha,
                Loss = this.Scalars.AuxLoss,
                ResidualScale = this.Scalars.AuxResidualScale,
            });
        }

        this.Backend.BuildLatentMajor(new BuildLatentMajorArguments
        {
            Rows = x.Rows,
            Codes = this.codes,
            AuxCodes = this.auxCodes,
            List = this.list,
        });
    }

    private protected override LatentGradientInputs Inputs(RealMatrix x) => new()
    {
        List = this.list,
        Input = CenteredOf(x),
        Residuals = Residuals(x, this.auxCodes is null ? 1 : 2),
        ResidualScale = ResidualScale(x),
        AuxResidualScale = this.auxCodes is null ? null : this.Scalars.AuxResidualScale,
        ProjectDecoderGradient = this.options.ProjectDecoderGradient,
    };

    private protected override (SparseCodes? Codes, IntBuffer? ActiveRows) Fired() => (this.codes, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.codes.Dispose();
        this.auxCodes?.Dispose();
        this.list.Dispose();
        base.Dispose(disposing);
    }

    private static SharedObjectiveOptions Shared(TopKObjectiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SharedObjectiveOptions(
            options.Batch,
            (options.AuxKAlpha > 0 ? 2 : 1) * options.Batch,
            options.Variance,
            options.MaxGradientNorm,
            options.DeadAfterTokens,
            NormalizeDecoder: true);
    }
}
