using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The loss of gated autoencoders, its gradients, and the training step that applies them.</summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂(f)‖² / V + λ · s(t) · mean_b Σ_j ReLU(π_j) / √V + mean_b ‖x − x̂′(ReLU(π))‖² / V, with
/// π and f those of <see cref="GatedSae"/>, V and s(t) as in <see cref="ReluObjective"/>. x̂′ decodes with W_dec and
/// b_dec as constants; the encoder of all three sees x − b_dec. Decoder rows have unit length.</para>
/// <para>Gates alone pay, so that magnitudes do not shrink; the third term is what teaches gates to open where a latent
/// is of use, since f has no gradient by its gate. A wanted L0 is that of f.</para>
/// <para>Source: Rajamanoharan et al. 2024, §3.2. SAELens does not hold the decoder of the third term constant, and
/// weights ReLU(π) by decoder norms.</para>
/// </remarks>
public sealed class GatedObjective : ReluObjective
{
    private const int NumbersOfGate = 4;
    private readonly double variance;
    private readonly RealBuffer logGains;
    private readonly GateGradients gate;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = new(
        GatedSae.Architecture.Id,
        ArchitectureOptions.L1Coefficient | ArchitectureOptions.TargetL0 | ArchitectureOptions.Resampling,
        plan => MostEntries(plan.Batch, plan.Latents),
        (backend, parameters, plan, variance) => new GatedObjective(
            backend, parameters, OptionsOf(plan, variance, byDecoderNorm: false)))
    {
        NumbersOfLatent = NumbersOfGate,
        ResidualBlocks = 2,
    };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch; not weighted by decoder norms.</param>
    public GatedObjective(IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options)
        : base(backend, parameters, options, residualBlocks: 2)
    {
        int latents = parameters.WEnc.Rows;
        this.variance = options.Variance;
        this.logGains = parameters.LatentVector(LatentVector.LogGainName);
        this.gate = new GateGradients
        {
            Magnitudes = new GatedMagnitudes(
                backend.AllocateReal("Gains", latents), backend.AllocateReal("Shifts", latents)),
            Biases = parameters.LatentVector(LatentVector.MagnitudeBiasName),
            GradBiases = backend.AllocateReal("GradMagnitudeBias", latents),
            GradLogGains = backend.AllocateReal("GradLogGain", latents),
        };
    }

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = base.Report();
        double ofGates = report.AuxLoss / this.variance;
        return report with { Loss = report.Loss + ofGates, AuxLoss = ofGates };
    }

    private protected override void EncodeAndDecode(RealMatrix x)
    {
        Center(x);
        ReluResidualArguments arguments = Reconstruction(x);
        this.Backend.ReluResidual(arguments with
        {
            Residuals = Residuals(x, parts: 2).Slice(x.Rows, x.Rows),
            MeanSquaredError = this.Scalars.AuxLoss,
        });
        ListEntries(x);
        this.Backend.GateMagnitudes(new GateMagnitudesArguments
        {
            Rows = x.Rows,
            Latents = this.Parameters.WEnc.Rows,
            Codes = this.Codes,
            GateBiases = this.Parameters.BEnc,
            Biases = this.gate.Biases,
            LogGains = this.logGains,
            Gate = this.gate.Magnitudes,
        });

        // The rows' errors and the counts of active rows become those of the magnitudes.
        this.Backend.ReluResidual(arguments with { Gate = this.gate.Magnitudes });
    }

    private protected override LatentGradientInputs Inputs(RealMatrix x) => base.Inputs(x) with
    {
        Residuals = Residuals(x, parts: 2),
        Gate = this.gate,
    };

    private protected override RealBuffer LatentVectorGradient(string name) =>
        name == LatentVector.LogGainName ? this.gate.GradLogGains : this.gate.GradBiases;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.gate.Magnitudes.Gains.Dispose();
        this.gate.Magnitudes.Shifts.Dispose();
        this.gate.GradBiases.Dispose();
        this.gate.GradLogGains.Dispose();
        base.Dispose(disposing);
    }
}
