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
public sealed class TopKObjective : ITrainingObjective
{
    private readonly IComputeBackend backend;
    private readonly SaeParameters parameters;
    private readonly TopKObjectiveOptions options;
    private readonly RealBuffer centered;
    private readonly RealBuffer residuals;
    private readonly RealBuffer rowSquaredErrors;
    private readonly RealBuffer rowSquaredNorms;
    private readonly RealBuffer encoderPath;
    private readonly RealBuffer gradBEnc;
    private readonly RealBuffer gradBDec;
    private readonly SparseCodes codes;
    private readonly SparseCodes? auxCodes;
    private readonly LatentMajorList list;

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public TopKObjective(IComputeBackend backend, SaeParameters parameters, TopKObjectiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        this.backend = backend;
        this.parameters = parameters;
        this.options = options;
        int latents = parameters.WEnc.Rows;
        int dIn = parameters.WEnc.Columns;
        bool aux = options.AuxKAlpha > 0;
        this.centered = backend.AllocateReal("Centered", (long)options.Batch * dIn);
        this.residuals = backend.AllocateReal("Residuals", (aux ? 2L : 1L) * options.Batch * dIn);
        this.rowSquaredErrors = backend.AllocateReal("RowSquaredErrors", options.Batch);
        this.rowSquaredNorms = backend.AllocateReal("RowSquaredNorms", latents);
        this.encoderPath = backend.AllocateReal("EncoderPath", dIn);
        this.gradBEnc = backend.AllocateReal("GradBEnc", latents);
        this.gradBDec = backend.AllocateReal("GradBDec", dIn);
        this.codes = new SparseCodes(backend, "Codes", options.Batch, options.Batch * options.K);
        this.auxCodes = aux ? new SparseCodes(backend, "AuxCodes", options.Batch, options.Batch * options.AuxK) : null;
        this.list = new LatentMajorList(backend, latents, this.codes.Capacity + (this.auxCodes?.Capacity ?? 0));
        this.TokensSinceFired = backend.AllocateLong("TokensSinceFired", latents);
        this.DeadMask = backend.AllocateInt("DeadMask", latents);
        this.Scalars = new StepScalars(backend);
    }

    /// <inheritdoc/>
    public LongBuffer TokensSinceFired { get; }

    /// <summary>1 for each dead latent, [DSae]; what the next step's auxiliary codes are chosen from.</summary>
    public IntBuffer DeadMask { get; }

    /// <summary>The scalars of the last step.</summary>
    public StepScalars Scalars { get; }

    /// <inheritdoc/>
    public void TakeStep(RealMatrix activations, AdamMoments moments, AdamStep adam)
    {
        ArgumentNullException.ThrowIfNull(moments);
        Forward(activations);
        ScalarSlot? factor = null;
        if (double.IsFinite(this.options.MaxGradientNorm))
        {
            // The clip factor depends on all gradients: a first sweep finds the norm, the update computes them again.
            ComputeGradients(activations, null, null);
            factor = this.Scalars.ClipFactor;
        }

        this.backend.UpdateLatents(new UpdateLatentsArguments
        {
            Inputs = Inputs(activations),
            WEnc = moments.WEnc,
            BEnc = moments.BEnc,
            WDec = moments.WDec,
            Step = adam,
            GradientFactor = factor,
            NormalizeDecoder = true,
            RowSquaredNorms = this.rowSquaredNorms,
            EncoderPath = this.encoderPath,
        });
        if (factor is null)
        {
            FinishGradients(activations);
        }

        this.backend.AdamUpdate(new AdamUpdateArguments
        {
            Length = activations.Columns,
            Parameters = moments.BDec.Values,
            Gradient = this.gradBDec,
            FirstMoment = moments.BDec.FirstMoment,
            SecondMoment = moments.BDec.SecondMoment,
            Step = adam,
            GradientFactor = factor,
        });
        UpdateFired(activations.Rows);
    }

    /// <summary>
    /// Computes loss and gradients of a batch and stores them, without changing anything that is trained.
    /// </summary>
    /// <param name="activations">The batch x [≤ batch, DIn], normalised.</param>
    /// <param name="gradients">Receives the gradients.</param>
    public void Gradients(RealMatrix activations, SaeGradients gradients)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Forward(activations);
        ComputeGradients(activations, gradients.WEnc, gradients.WDec);
        gradients.CopyBiases(this.gradBEnc, this.gradBDec);
    }

    /// <inheritdoc/>
    public StepReport Report() =>
        this.Scalars.Read(this.options.Variance, this.options.AuxKAlpha, this.parameters.WEnc.Rows);

    /// <summary>Frees the memory of the steps; the model stays.</summary>
    public void Dispose()
    {
        foreach (RealBuffer buffer in (ReadOnlySpan<RealBuffer>)
        [
            this.centered,
            this.residuals,
            this.rowSquaredErrors,
            this.rowSquaredNorms,
            this.encoderPath,
            this.gradBEnc,
            this.gradBDec,
        ])
        {
            buffer.Dispose();
        }

        this.codes.Dispose();
        this.auxCodes?.Dispose();
        this.list.Dispose();
        this.TokensSinceFired.Dispose();
        this.DeadMask.Dispose();
        this.Scalars.Dispose();
    }

    private void Forward(RealMatrix x)
    {
        RealMatrix input = new(this.centered, x.Rows, x.Columns);
        this.backend.Center(new CenterArguments { Activations = x, BDec = this.parameters.BDec, Centered = input });
        this.backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = input,
            WEnc = this.parameters.WEnc,
            BEnc = this.parameters.BEnc,
            K = this.options.K,
            Codes = this.codes,
            Aux = this.auxCodes is null
                ? null
                : new AuxSelection { Mask = this.DeadMask, K = this.options.AuxK, Codes = this.auxCodes },
        });
        this.backend.DecodeResidual(new DecodeResidualArguments
        {
            Codes = this.codes,
            WDec = this.parameters.WDec,
            BDec = this.parameters.BDec,
            Targets = x,
            Residuals = new RealMatrix(this.residuals, x.Rows, x.Columns),
            RowSquaredErrors = this.rowSquaredErrors,
            MeanSquaredError = this.Scalars.MeanSquaredError,
        });
        if (this.auxCodes is not null)
        {
            this.backend.AuxResidual(new AuxResidualArguments
            {
                Rows = x.Rows,
                AuxCodes = this.auxCodes,
                WDec = this.parameters.WDec,
                Residuals = new RealMatrix(this.residuals, 2 * x.Rows, x.Columns),
                Coefficient = this.options.AuxKAlpha,
                Loss = this.Scalars.AuxLoss,
                ResidualScale = this.Scalars.AuxResidualScale,
            });
        }

        this.backend.BuildLatentMajor(new BuildLatentMajorArguments
        {
            Rows = x.Rows,
            Codes = this.codes,
            AuxCodes = this.auxCodes,
            List = this.list,
        });
    }

    private LatentGradientInputs Inputs(RealMatrix x) => new()
    {
        List = this.list,
        Input = new RealMatrix(this.centered, x.Rows, x.Columns),
        Residuals = new RealMatrix(this.residuals, this.auxCodes is null ? x.Rows : 2 * x.Rows, x.Columns),
        ResidualScale = ResidualScale(x),
        AuxResidualScale = this.auxCodes is null ? null : this.Scalars.AuxResidualScale,
        ProjectDecoderGradient = this.options.ProjectDecoderGradient,
    };

    private double ResidualScale(RealMatrix x) => -2.0 / (Math.Max(1, x.Rows) * this.options.Variance);

    private void ComputeGradients(RealMatrix x, RealMatrix? gradWEnc, RealMatrix? gradWDec)
    {
        this.backend.LatentGradients(new LatentGradientsArguments
        {
            Inputs = Inputs(x),
            WEnc = this.parameters.WEnc,
            WDec = this.parameters.WDec,
            GradWEnc = gradWEnc,
            GradWDec = gradWDec,
            GradBEnc = this.gradBEnc,
            RowSquaredNorms = this.rowSquaredNorms,
            EncoderPath = this.encoderPath,
        });
        FinishGradients(x);
    }

    private void FinishGradients(RealMatrix x)
    {
        this.backend.DecoderBiasGradient(new DecoderBiasGradientArguments
        {
            Residuals = new RealMatrix(this.residuals, x.Rows, x.Columns),
            ResidualScale = ResidualScale(x),
            EncoderPath = this.encoderPath,
            GradBDec = this.gradBDec,
        });
        this.backend.GradientNorm(new GradientNormArguments
        {
            Latents = this.parameters.WEnc.Rows,
            RowSquaredNorms = this.rowSquaredNorms,
            GradBDec = this.gradBDec,
            DOut = x.Columns,
            MaxNorm = this.options.MaxGradientNorm,
            Norm = this.Scalars.GradientNorm,
            ClipFactor = this.Scalars.ClipFactor,
        });
    }

    private void UpdateFired(int rows) => this.backend.UpdateFired(new UpdateFiredArguments
    {
        Rows = rows,
        Latents = this.parameters.WEnc.Rows,
        Codes = this.codes,
        TokensSinceFired = this.TokensSinceFired,
        DeadAfterTokens = this.options.DeadAfterTokens,
        DeadMask = this.DeadMask,
        DeadLatents = this.Scalars.DeadLatents,
        L0 = this.Scalars.L0,
    });
}
