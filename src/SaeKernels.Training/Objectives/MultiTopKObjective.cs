using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The Multi-TopK loss: the reconstruction by the K largest and, at an eighth of the weight, that by the 4K largest, so
/// that a model stays good where more latents are kept than it was trained for.
/// </summary>
/// <remarks>
/// loss = (mean_b ‖x − x̂_K‖² + mean_b ‖x − x̂_4K‖² / 8) / V. Both selections come from one pass of the encoder, and
/// the second one's entries go the way of those of AuxK, which there is none of. Latents count as fired by the first.
/// Source: Gao et al. 2024, appendix C.
/// </remarks>
public sealed class MultiTopKObjective : SelectionObjective
{
    private const int Multiple = 4;
    private readonly IntBuffer allLatents;
    private readonly RealBuffer otherBias;
    private int scaledRows;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = TrainingOf(
        TopKSae.MultiArchitecture,
        (backend, parameters, options) => new MultiTopKObjective(backend, parameters, options)) with
    {
        Options = ArchitectureOptions.K,
        MultiWeight = 1.0 / 8,
    };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">
    /// The loss and the largest batch. AuxK is how many latents the second reconstruction has, AuxKAlpha its weight.
    /// </param>
    public MultiTopKObjective(IComputeBackend backend, SaeParameters parameters, SelectionObjectiveOptions options)
        : base(backend, parameters, options)
    {
        int[] flags = new int[parameters.WEnc.Rows];
        Array.Fill(flags, 1);
        this.allLatents = backend.AllocateInt("AllLatents", flags.Length);
        this.allLatents.Upload(flags);
        this.otherBias = backend.AllocateReal("OtherBias", parameters.BDec.Length);
    }

    /// <inheritdoc/>
    private protected override IntBuffer AuxMask => this.allLatents;

    /// <summary>Latents of the second reconstruction.</summary>
    /// <param name="k">Latents of the first one.</param>
    /// <param name="latents">The number of latents, DSae.</param>
    public static int WideK(int k, int latents) => (int)Math.Min(Multiple * (long)k, latents);

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = base.Report();
        double wide = report.AuxLoss / this.Options.Variance;
        return report with { AuxLoss = wide, Loss = report.Fvu + (this.Options.AuxKAlpha * wide) };
    }

    private protected override void Encode(RealMatrix input, int k, AuxSelection? aux) =>
        this.Backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            K = k,
            Codes = this.Codes,
            Aux = aux,
        });

    private protected override void DecodeAux(RealMatrix x, SparseCodes auxCodes)
    {
        this.Backend.DecodeResidual(new DecodeResidualArguments
        {
            Codes = auxCodes,
            WDec = this.Parameters.WDec,
            BDec = this.Parameters.BDec,
            Targets = TargetsOf(x),
            Residuals = WideResiduals(x),
            RowSquaredErrors = this.RowSquaredErrors,
            MeanSquaredError = this.Scalars.AuxLoss,
        });
        if (this.scaledRows != x.Rows)
        {
            ScalarSlot scale = this.Scalars.AuxResidualScale;
            scale.Buffer.Upload([this.Options.AuxKAlpha * ResidualScale(x)], scale.Index);
            this.scaledRows = x.Rows;
        }
    }

    /// <summary>
    /// Sums both residuals: a call takes off what the one before it left, so one between them turns the sign.
    /// </summary>
    private protected override void SumBiasGradient(RealMatrix x, RealBuffer? encoderPath, RealBuffer gradBDec)
    {
        double scale = ResidualScale(x);
        Sum(WideResiduals(x), this.Options.AuxKAlpha * scale, encoderPath, gradBDec);
        Sum(Residuals(x).Slice(0, 0), scale, gradBDec, this.otherBias);
        Sum(Residuals(x), scale, this.otherBias, gradBDec);

        void Sum(RealMatrix residuals, double factor, RealBuffer? path, RealBuffer result) =>
            this.Backend.DecoderBiasGradient(new DecoderBiasGradientArguments
            {
                Residuals = residuals,
                ResidualScale = factor,
                EncoderPath = path,
                GradBDec = result,
            });
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.allLatents.Dispose();
        this.otherBias.Dispose();
        base.Dispose(disposing);
    }

    private RealMatrix WideResiduals(RealMatrix x) => Residuals(x, parts: 2).Slice(x.Rows, x.Rows);
}
