using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The reconstruction loss with AuxK of architectures whose encoder keeps the largest pre-activations.
/// </summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + α · Σ_b ‖e − ê‖² / Σ_b ‖e − ē‖², with V the variance of a vector estimated once,
/// e = x − x̂ held constant in the second term, and ê the reconstruction of e by the best dead latents.</para>
/// <para>Memory: what a batch needs, O(batch · (DIn + K + AuxK)); nothing of size batch × DSae.</para>
/// <para>
/// Source: Gao et al. 2024, "Scaling and evaluating sparse autoencoders"; our details are in docs/decisions.
/// </para>
/// </remarks>
public abstract class SelectionObjective : TrainingObjective
{
    private readonly SparseCodes? auxCodes;
    private readonly LatentMajorList list;

    /// <summary>Allocates what a step needs.</summary>
    private protected SelectionObjective(
        IComputeBackend backend, SaeParameters parameters, SelectionObjectiveOptions options)
        : base(backend, parameters, Shared(options))
    {
        bool aux = options.AuxKAlpha > 0;
        this.Options = options;
        this.Codes = new SparseCodes(backend, "Codes", options.Batch, options.Batch * options.MostK);
        this.auxCodes = aux ? new SparseCodes(backend, "AuxCodes", options.Batch, options.Batch * options.AuxK) : null;
        this.list = new LatentMajorList(
            backend, parameters.WEnc.Rows, this.Codes.Capacity + (this.auxCodes?.Capacity ?? 0));
    }

    /// <summary>What the loss is made of.</summary>
    private protected SelectionObjectiveOptions Options { get; }

    /// <summary>What the encoder kept.</summary>
    private protected SparseCodes Codes { get; }

    /// <summary>What the second selection chooses from.</summary>
    private protected virtual IntBuffer AuxMask => this.DeadMask;

    /// <inheritdoc/>
    public override StepReport Report() =>
        this.Scalars.Read(this.Options.Variance, this.Options.AuxKAlpha, this.Parameters.WEnc.Rows);

    /// <summary>The row of an architecture in <see cref="TrainingObjectives.All"/>.</summary>
    private protected static ArchitectureTraining TrainingOf(
        SaeArchitecture architecture,
        Func<IComputeBackend, SaeParameters, SelectionObjectiveOptions, SelectionObjective> create) => new(
            architecture.Id,
            ArchitectureOptions.K | ArchitectureOptions.KAnnealing | ArchitectureOptions.AuxK,
            plan => plan.Batch * ((long)Math.Max(plan.K, plan.KStart) + plan.ListedAuxK),
            (backend, parameters, plan, variance) =>
                create(backend, parameters, SelectionObjectiveOptions.Of(plan, variance)));

    /// <summary>Encodes into <see cref="Codes"/>.</summary>
    /// <param name="input">What the encoder sees.</param>
    /// <param name="k">Latents kept for each vector in this step.</param>
    /// <param name="aux">The second selection, among dead latents; null for none.</param>
    private protected abstract void Encode(RealMatrix input, int k, AuxSelection? aux);

    private protected override void Forward(RealMatrix x, long step)
    {
        AuxSelection? aux = this.auxCodes is null
            ? null
            : new AuxSelection { Mask = this.AuxMask, K = this.Options.AuxK, Codes = this.auxCodes };
        Encode(Center(x), this.Options.KAt(step), aux);
        Decode(x);
        if (this.auxCodes is not null)
        {
            DecodeAux(x, this.auxCodes);
        }

        this.Backend.BuildLatentMajor(new BuildLatentMajorArguments
        {
            Rows = x.Rows,
            Codes = this.Codes,
            AuxCodes = this.auxCodes,
            List = this.list,
        });
    }

    /// <summary>Decodes <see cref="Codes"/> and takes residuals, those of all latents in the first rows.</summary>
    private protected virtual void Decode(RealMatrix x) => DecodeListed(x, this.Codes);

    /// <summary>Decodes the second selection, and leaves its residuals below those of the first.</summary>
    private protected virtual void DecodeAux(RealMatrix x, SparseCodes auxCodes) =>
        this.Backend.AuxResidual(new AuxResidualArguments
        {
            Rows = x.Rows,
            AuxCodes = auxCodes,
            WDec = this.Parameters.WDec,
            Residuals = Residuals(x, parts: 2),
            Coefficient = this.Options.AuxKAlpha,
            Loss = this.Scalars.AuxLoss,
            ResidualScale = this.Scalars.AuxResidualScale,
        });

    private protected override LatentGradientInputs Inputs(RealMatrix x) => new()
    {
        List = this.list,
        Input = CenteredOf(x),
        Residuals = Residuals(x, this.auxCodes is null ? 1 : 2),
        ResidualScale = ResidualScale(x),
        AuxResidualScale = this.auxCodes is null ? null : this.Scalars.AuxResidualScale,
        ProjectDecoderGradient = this.Options.ProjectDecoderGradient,
    };

    private protected override (SparseCodes? Codes, IntBuffer? ActiveRows) Fired() => (this.Codes, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.Codes.Dispose();
        this.auxCodes?.Dispose();
        this.list.Dispose();
        base.Dispose(disposing);
    }

    private static SharedObjectiveOptions Shared(SelectionObjectiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SharedObjectiveOptions(
            options.Batch,
            checked(options.ResidualBlocks * options.Batch),
            options.Variance,
            options.MaxGradientNorm,
            options.DeadAfterTokens,
            NormalizeDecoder: true);
    }
}
