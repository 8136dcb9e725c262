using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The ReLU + L1 loss, its gradients, and the training step that applies them.</summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + λ · s(t) · mean_b Σ_j n_j·z_j / √V, with V the variance of a vector estimated
/// once, s(t) = min(1, t / warm-up steps) at step t, and n_j = 1, or the length of the latent's decoder row. The root
/// of V makes λ independent of the data's scale: a source that adds λ·Σ z to ‖x − x̂‖² has √V times this λ.</para>
/// <para>While at most an eighth of all activations are positive they are listed, and the step is sparse; a batch with
/// more goes through dense products in blocks of latents. Which it is depends on the batch and the weights alone.
/// Memory: O(batch · (DIn + DSae / 8)).</para>
/// <para>Source: Bricken et al. 2023; Conerly et al. 2024 for the weighted penalty and the warm-up.</para>
/// </remarks>
public sealed class ReluObjective : ITrainingObjective
{
    // Lists are the faster way up to about three activations in ten (SIMD on two cores, 288 and 512 wide).
    private const int ListedShare = 8;
    private readonly IComputeBackend backend;
    private readonly SaeParameters parameters;
    private readonly ReluObjectiveOptions options;
    private readonly RealBuffer centered;
    private readonly RealBuffer residuals;
    private readonly RealBuffer rowSquaredErrors;
    private readonly RealBuffer rowSquaredNorms;
    private readonly RealBuffer penaltySums;
    private readonly RealBuffer encoderPath;
    private readonly RealBuffer gradBEnc;
    private readonly RealBuffer gradBDec;
    private readonly IntBuffer activeRows;
    private readonly SparseCodes codes;
    private readonly LatentMajorList list;
    private readonly int[] activeRowsOnHost;
    private bool isDense;
    private int lastRows;
    private double lastCoefficient;

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public ReluObjective(IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(options);
        this.backend = backend;
        this.parameters = parameters;
        this.options = options;
        int latents = parameters.WEnc.Rows;
        int dIn = parameters.WEnc.Columns;
        int entries = checked((int)MostEntries(options.Batch, latents));
        this.centered = backend.AllocateReal("Centered", (long)options.Batch * dIn);
        this.residuals = backend.AllocateReal("Residuals", (long)options.Batch * dIn);
        this.rowSquaredErrors = backend.AllocateReal("RowSquaredErrors", options.Batch);
        this.rowSquaredNorms = backend.AllocateReal("RowSquaredNorms", latents);
        this.penaltySums = backend.AllocateReal("PenaltySums", latents);
        this.encoderPath = backend.AllocateReal("EncoderPath", dIn);
        this.gradBEnc = backend.AllocateReal("GradBEnc", latents);
        this.gradBDec = backend.AllocateReal("GradBDec", dIn);
        this.activeRows = backend.AllocateInt("ActiveRows", latents);
        this.activeRowsOnHost = new int[latents];
        this.codes = new SparseCodes(backend, "Codes", options.Batch, entries);
        this.list = new LatentMajorList(backend, latents, entries);
        this.TokensSinceFired = backend.AllocateLong("TokensSinceFired", latents);
        this.DeadMask = backend.AllocateInt("DeadMask", latents);
        this.Scalars = new StepScalars(backend);
    }

    /// <inheritdoc/>
    public LongBuffer TokensSinceFired { get; }

    /// <inheritdoc/>
    public IntBuffer DeadMask { get; }

    /// <summary>The scalars of the last step.</summary>
    public StepScalars Scalars { get; }

    /// <summary>The most entries of a batch that are listed.</summary>
    /// <param name="batch">Rows of the batch.</param>
    /// <param name="latents">The number of latents, DSae.</param>
    public static long MostEntries(int batch, int latents) => (long)batch * Math.Max(1, latents / ListedShare);

    /// <inheritdoc/>
    public void TakeStep(RealMatrix activations, AdamMoments moments, AdamStep adam)
    {
        ArgumentNullException.ThrowIfNull(moments);
        Forward(activations, adam.Step);
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
            NormalizeDecoder = !this.options.ByDecoderNorm,
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
    /// <param name="step">The step that λ is taken at, counted from 1.</param>
    public void Gradients(RealMatrix activations, SaeGradients gradients, long step)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Forward(activations, step);
        ComputeGradients(activations, gradients.WEnc, gradients.WDec);
        gradients.CopyBiases(this.gradBEnc, this.gradBDec);
    }

    /// <inheritdoc/>
    public StepReport Report()
    {
        StepReport report = this.Scalars.Read(this.options.Variance, auxKAlpha: 0, this.parameters.WEnc.Rows);
        double[] sums = new double[this.penaltySums.Length];
        this.penaltySums.Download(sums);
        return report with { Loss = report.Fvu + (PenaltyScale(this.lastRows) * sums.Sum()) };
    }

    /// <summary>Frees the memory of the steps; the model stays.</summary>
    public void Dispose()
    {
        foreach (DeviceBuffer buffer in (ReadOnlySpan<DeviceBuffer>)
        [
            this.centered,
            this.residuals,
            this.rowSquaredErrors,
            this.rowSquaredNorms,
            this.penaltySums,
            this.encoderPath,
            this.gradBEnc,
            this.gradBDec,
            this.activeRows,
            this.TokensSinceFired,
            this.DeadMask,
        ])
        {
            buffer.Dispose();
        }

        this.codes.Dispose();
        this.list.Dispose();
        this.Scalars.Dispose();
    }

    private void Forward(RealMatrix x, long step)
    {
        double warmup = this.options.L1WarmupSteps;
        this.lastCoefficient = this.options.L1Coefficient * (warmup > 0 ? Math.Min(1, step / warmup) : 1);
        this.lastRows = x.Rows;
        RealMatrix input = new(this.centered, x.Rows, x.Columns);
        this.backend.Center(new CenterArguments { Activations = x, BDec = this.parameters.BDec, Centered = input });
        // The way of the batch before comes first; where the batch must take the other one, that work was in vain.
        this.isDense = this.isDense || !TryList(input);
        if (this.isDense)
        {
            this.isDense = DecodeDense(x, input) > this.codes.Capacity || !TryList(input);
        }

        if (!this.isDense)
        {
            DecodeListed(x);
        }
    }

    /// <summary>Lists the active entries; false where they do not fit.</summary>
    private bool TryList(RealMatrix input)
    {
        this.backend.EncodeThreshold(new EncodeThresholdArguments
        {
            Input = input,
            WEnc = this.parameters.WEnc,
            BEnc = this.parameters.BEnc,
            Codes = this.codes,
        });
        long needed = 0;
        this.codes.NeededEntries.Download(new Span<long>(ref needed));
        return needed <= this.codes.Capacity;
    }

    /// <summary>Decodes without a list, and returns how many entries it would have.</summary>
    private long DecodeDense(RealMatrix x, RealMatrix input)
    {
        this.backend.ReluResidual(new ReluResidualArguments
        {
            Input = input,
            WEnc = this.parameters.WEnc,
            BEnc = this.parameters.BEnc,
            WDec = this.parameters.WDec,
            BDec = this.parameters.BDec,
            Targets = x,
            Residuals = new RealMatrix(this.residuals, x.Rows, x.Columns),
            RowSquaredErrors = this.rowSquaredErrors,
            MeanSquaredError = this.Scalars.MeanSquaredError,
            ActiveRows = this.activeRows,
        });
        this.activeRows.Download(this.activeRowsOnHost);
        long entries = 0;
        foreach (int rows in this.activeRowsOnHost)
        {
            entries += rows;
        }

        return entries;
    }

    private void DecodeListed(RealMatrix x)
    {
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
        this.backend.BuildLatentMajor(
            new BuildLatentMajorArguments { Rows = x.Rows, Codes = this.codes, List = this.list });
    }

    private LatentGradientInputs Inputs(RealMatrix x) => new()
    {
        List = this.isDense ? null : this.list,
        Relu = this.isDense ? new ReluEntries(this.parameters.WEnc.Rows, this.parameters.BEnc) : null,
        Input = new RealMatrix(this.centered, x.Rows, x.Columns),
        Residuals = new RealMatrix(this.residuals, x.Rows, x.Columns),
        ResidualScale = ResidualScale(x),
        ProjectDecoderGradient = this.options.ProjectDecoderGradient && !this.options.ByDecoderNorm,
        Penalty = new SparsityPenalty
        {
            Scale = PenaltyScale(x.Rows),
            ByDecoderNorm = this.options.ByDecoderNorm,
            Sums = this.penaltySums,
        },
    };

    private double ResidualScale(RealMatrix x) => -2.0 / (Math.Max(1, x.Rows) * this.options.Variance);

    private double PenaltyScale(int rows) =>
        this.lastCoefficient / (Math.Max(1, rows) * Math.Sqrt(this.options.Variance));

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
        Codes = this.isDense ? null : this.codes,
        ActiveRows = this.isDense ? this.activeRows : null,
        TokensSinceFired = this.TokensSinceFired,
        DeadAfterTokens = this.options.DeadAfterTokens,
        DeadMask = this.DeadMask,
        DeadLatents = this.Scalars.DeadLatents,
        L0 = this.Scalars.L0,
    });
}
