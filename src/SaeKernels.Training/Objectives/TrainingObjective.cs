using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>A loss with its gradients and its training step; an architecture says how a batch is encoded.</summary>
/// <remarks>
/// What is the same for all: every latent is updated in one visit, b_dec after it, and latents that fired are noted.
/// Nothing of size batch × DSae is allocated.
/// </remarks>
public abstract class TrainingObjective : IDisposable
{
    private readonly double variance;
    private readonly double maxGradientNorm;
    private readonly FiredLatents fired;
    private readonly RealBuffer centered;
    private readonly RealBuffer residuals;
    private readonly RealBuffer rowSquaredNorms;
    private readonly RealBuffer encoderPath;
    private readonly RealBuffer gradBEnc;
    private readonly RealBuffer gradBDec;
    private readonly SkipPath? skip;
    private readonly bool seesRaw;
    private RealMatrix? targets;

    /// <summary>Allocates what every step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="shared">What the losses have in common.</param>
    private protected TrainingObjective(
        IComputeBackend backend, SaeParameters parameters, in SharedObjectiveOptions shared)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentNullException.ThrowIfNull(parameters);
        this.Backend = backend;
        this.Parameters = parameters;
        this.variance = shared.Variance;
        this.maxGradientNorm = shared.MaxGradientNorm;
        this.NormalizesDecoder = shared.NormalizeDecoder;
        int latents = parameters.WEnc.Rows;
        int dIn = parameters.WEnc.Columns;
        int dOut = parameters.WDec.Columns;
        this.seesRaw = parameters.HasTarget;
        this.skip = parameters.WSkip is RealMatrix map ? new SkipPath(backend, map, shared.Batch) : null;
        this.centered = backend.AllocateReal("Centered", this.seesRaw ? 0 : (long)shared.Batch * dIn);
        this.residuals = backend.AllocateReal("Residuals", (long)shared.ResidualRows * dOut);
        this.RowSquaredErrors = backend.AllocateReal("RowSquaredErrors", shared.Batch);
        this.rowSquaredNorms = backend.AllocateReal("RowSquaredNorms", (long)latents + (this.skip is null ? 0 : dOut));
        this.encoderPath = backend.AllocateReal("EncoderPath", dIn);
        this.gradBEnc = backend.AllocateReal("GradBEnc", latents);
        this.gradBDec = backend.AllocateReal("GradBDec", dOut);
        this.Scalars = new StepScalars(backend);
        this.fired = new FiredLatents(backend, this.Scalars, latents, shared.DeadAfterTokens);
    }

    /// <summary>The vectors that went by since each latent was last active, [DSae].</summary>
    public LongBuffer TokensSinceFired => this.fired.TokensSinceFired;

    /// <summary>1 for each dead latent, [DSae]; what the next step's auxiliary codes are chosen from.</summary>
    public IntBuffer DeadMask => this.fired.DeadMask;

    /// <summary>The scalars of the last step.</summary>
    public StepScalars Scalars { get; }

    /// <summary>Whether b_dec is trained; else its gradient stays 0, for which no optimiser takes a step.</summary>
    internal bool TrainsDecoderBias { get; set; } = true;

    /// <summary>Computes.</summary>
    private protected IComputeBackend Backend { get; }

    /// <summary>The model.</summary>
    private protected SaeParameters Parameters { get; }

    /// <summary>Receives ‖e‖² of each row, [batch].</summary>
    private protected RealBuffer RowSquaredErrors { get; }

    /// <summary>Whether decoder rows are kept at unit length.</summary>
    internal bool NormalizesDecoder { get; }

    /// <summary>Whether gradients need the L0 of their batch, so that what fired is counted before them.</summary>
    private protected virtual bool CountsFiredFirst => false;

    /// <summary>The weight of the squared residuals in the loss.</summary>
    private protected virtual double ResidualWeight => 1;

    /// <summary>Takes one optimiser step on a batch.</summary>
    /// <param name="activations">The batch x [≤ batch, DIn], normalised.</param>
    /// <param name="optimizer">What the optimiser keeps; updated, with the parameters.</param>
    /// <param name="step">The scalars of the step; schedules of the loss count its steps.</param>
    /// <param name="reconstructed">What a transcoder reconstructs, y [batch, DOut], normalised; else null.</param>
    public void TakeStep(
        RealMatrix activations, OptimizerState optimizer, OptimizerStep step, RealMatrix? reconstructed = null)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Prepare(activations, reconstructed, step.Step);
        ScalarSlot? factor = null;
        OptimizerStep plain = step with { WeightDecay = 0 };
        if (optimizer.Muon is MuonSteps muon)
        {
            ComputeGradients(activations, muon.GradWEnc, muon.GradWDec);
            muon.Take(optimizer, this.skip?.Gradient, step, this.NormalizesDecoder);
            optimizer.BEnc.Update(this.Backend, this.gradBEnc, plain, factor);
        }
        else
        {
            factor = UpdateLatents(activations, optimizer, step);
            optimizer.WSkip?.Update(this.Backend, this.skip!.Gradient.Buffer, step, factor);
        }

        optimizer.BDec.Update(this.Backend, this.gradBDec, plain, factor);
        // By index, since an enumerator of a list would be allocated in every step.
        for (int i = 0; i < optimizer.LatentVectors.Count; i++)
        {
            (string name, AdamParameters vector) = optimizer.LatentVectors[i];
            OptimizerStep own = plain with { LearningRate = step.LearningRate * LatentVectorRate(name) };
            vector.Update(this.Backend, LatentVectorGradient(name), own, factor, name == LatentVector.ThresholdName);
        }

        optimizer.Average?.AddRest();
        if (!this.CountsFiredFirst)
        {
            UpdateFired(activations.Rows);
        }

        FinishStep();
    }

    /// <summary>Computes loss and gradients of a batch and stores them; nothing that is trained changes.</summary>
    /// <param name="activations">The batch x [≤ batch, DIn], normalised.</param>
    /// <param name="gradients">Receives the gradients.</param>
    /// <param name="step">The step that schedules of the loss are taken at, counted from 1.</param>
    /// <param name="reconstructed">
    /// What a transcoder reconstructs, y [batch, DOut], normalised; null where x is reconstructed.
    /// </param>
    public void Gradients(
        RealMatrix activations, SaeGradients gradients, long step = 1, RealMatrix? reconstructed = null)
    {
        ArgumentNullException.ThrowIfNull(gradients);
        Prepare(activations, reconstructed, step);
        ComputeGradients(activations, gradients.WEnc, gradients.WDec);
        gradients.CopyBiases(this.gradBEnc, this.gradBDec);
        if (this.skip is not null)
        {
            gradients.CopySkip(this.skip.Gradient);
        }

        foreach ((LatentVector vector, RealBuffer _) in this.Parameters.LatentVectors)
        {
            if (vector.IsTrained)
            {
                gradients.CopyLatentVector(vector.Name, LatentVectorGradient(vector.Name));
            }
        }
    }

    /// <summary>Computes ‖x − x̂‖² of vectors without training; waits for the device.</summary>
    /// <param name="activations">Vectors x [≤ batch, DIn], normalised.</param>
    /// <param name="step">The step whose schedules hold, counted from 1.</param>
    /// <param name="errors">Receives the squared error of each.</param>
    internal void SquaredErrors(RealMatrix activations, long step, Span<double> errors)
    {
        Forward(activations, step);
        this.RowSquaredErrors.Download(errors);
    }

    /// <summary>Sets for how long latents have been silent, and which are dead by that.</summary>
    /// <param name="tokensSinceFired">The vectors that went by since each latent was last active, [DSae].</param>
    internal void Revive(ReadOnlySpan<long> tokensSinceFired) => this.fired.Set(tokensSinceFired);

    /// <summary>
    /// Waits for the device, brings what lags behind the steps up to date (such as a threshold that follows them), and
    /// returns the numbers that later steps depend on beside weights, moments and counters.
    /// </summary>
    public virtual IReadOnlyDictionary<string, double> SaveState() => new Dictionary<string, double>();

    /// <summary>Continues from what <see cref="SaveState"/> returned.</summary>
    /// <param name="state">The numbers; each name that was saved is there.</param>
    public virtual void RestoreState(IReadOnlyDictionary<string, double> state)
    {
    }

    /// <summary>Waits for the device and returns the figures of the last step.</summary>
    public abstract StepReport Report();

    /// <summary>Frees the memory of the steps; the model stays.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Encodes, decodes, and prepares what <see cref="Inputs"/> tells of.</summary>
    private protected abstract void Forward(RealMatrix x, long step);

    /// <summary>Sets the weight of a penalty that follows the L0 of the batch, where there is one.</summary>
    private protected virtual void AdaptPenalty(long step)
    {
    }

    /// <summary>What the gradients of the batch are computed from.</summary>
    private protected abstract LatentGradientInputs Inputs(RealMatrix x);

    /// <summary>What tells which latents fired: codes, or rows in which each latent is active.</summary>
    private protected abstract (SparseCodes? Codes, IntBuffer? ActiveRows) Fired();

    /// <summary>
    /// The gradient of what latents have under a name and is trained, [DSae]. Its square is in the latents' norms.
    /// </summary>
    private protected virtual RealBuffer LatentVectorGradient(string name) => throw new InvalidOperationException(
        $"{GetType().Name}: must compute a gradient of {name}, which is trained, but has none. Override "
        + $"{nameof(LatentVectorGradient)}.");

    /// <summary>A factor on the learning rate of what latents have under a name, for its unit.</summary>
    private protected virtual double LatentVectorRate(string name) => 1;

    /// <summary>Sets what latents have beside their rows and biases before the first step.</summary>
    internal virtual void InitializeLatentVectors()
    {
    }

    /// <summary>Counts a step that was taken, where something follows the steps beside the parameters.</summary>
    private protected virtual void FinishStep()
    {
    }

    /// <summary>Subtracts b_dec, but of a transcoder; returns what the encoder sees.</summary>
    private protected RealMatrix Center(RealMatrix x)
    {
        if (this.seesRaw)
        {
            return x;
        }

        RealMatrix input = CenteredOf(x);
        this.Backend.Center(new CenterArguments { Activations = x, BDec = this.Parameters.BDec, Centered = input });
        return input;
    }

    /// <summary>What the encoder saw of a batch.</summary>
    private protected RealMatrix CenteredOf(RealMatrix x) =>
        this.seesRaw ? x : new RealMatrix(this.centered, x.Rows, x.Columns);

    /// <summary>What the latents are to reconstruct of a batch.</summary>
    private protected RealMatrix TargetsOf(RealMatrix x) => this.targets ?? x;

    /// <summary>The residuals of a batch, or with those of the auxiliary loss below them.</summary>
    private protected RealMatrix Residuals(RealMatrix x, int parts = 1) =>
        new(this.residuals, parts * x.Rows, this.Parameters.WDec.Columns);

    /// <summary>The residuals that b_dec's gradient sums.</summary>
    private protected virtual RealMatrix ResidualsOfBias(RealMatrix x) => Residuals(x);

    /// <summary>Computes ∂b_dec of all residuals that b_dec takes part in.</summary>
    /// <param name="x">The batch.</param>
    /// <param name="encoderPath">What the encoder's side takes off, [DOut]; null where it does not see b_dec.</param>
    /// <param name="gradBDec">Receives the gradient, [DOut].</param>
    private protected virtual void SumBiasGradient(RealMatrix x, RealBuffer? encoderPath, RealBuffer gradBDec) =>
        this.Backend.DecoderBiasGradient(new DecoderBiasGradientArguments
        {
            Residuals = ResidualsOfBias(x),
            ResidualScale = ResidualScale(x),
            EncoderPath = encoderPath,
            GradBDec = gradBDec,
        });

    /// <summary>Decodes listed codes and takes the residuals.</summary>
    private protected void DecodeListed(RealMatrix x, SparseCodes codes) =>
        this.Backend.DecodeResidual(new DecodeResidualArguments
        {
            Codes = codes,
            WDec = this.Parameters.WDec,
            BDec = this.Parameters.BDec,
            Targets = TargetsOf(x),
            Residuals = Residuals(x),
            RowSquaredErrors = this.RowSquaredErrors,
            MeanSquaredError = this.Scalars.MeanSquaredError,
        });

    /// <summary>The gradient of the loss by the reconstruction, as a factor on the residuals.</summary>
    private protected double ResidualScale(RealMatrix x) =>
        -2.0 * this.ResidualWeight / (Math.Max(1, x.Rows) * this.variance);

    /// <summary>Frees the memory.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected virtual void Dispose(bool disposing)
    {
        foreach (DeviceBuffer buffer in (ReadOnlySpan<DeviceBuffer>)
        [
            this.centered, this.residuals, this.RowSquaredErrors, this.rowSquaredNorms, this.encoderPath,
            this.gradBEnc, this.gradBDec,
        ])
        {
            buffer.Dispose();
        }

        this.fired.Dispose();
        this.Scalars.Dispose();
        this.skip?.Dispose();
    }

    /// <summary>Does what comes before gradients.</summary>
    private void Prepare(RealMatrix x, RealMatrix? reconstructed, long step)
    {
        Shape.Require(
            reconstructed is not null == this.seesRaw,
            GetType().Name,
            $"what is reconstructed must be given for a transcoder and for nothing else, but is "
            + $"{(reconstructed is null ? "missing" : "given")}.",
            "Pass it, or leave it out.");
        this.targets = this.skip is null ? reconstructed : this.skip.Subtract(x, reconstructed!.Value);
        Forward(x, step);
        if (this.CountsFiredFirst)
        {
            UpdateFired(x.Rows);
        }

        AdaptPenalty(step);
    }

    /// <summary>Updates latents row by row; returns the factor that clips, where there is one.</summary>
    private ScalarSlot? UpdateLatents(RealMatrix x, OptimizerState optimizer, OptimizerStep step)
    {
        ScalarSlot? factor = null;
        if (double.IsFinite(this.maxGradientNorm))
        {
            // The clip factor depends on all gradients: a first sweep finds the norm, the update computes them again.
            ComputeGradients(x, null, null);
            factor = this.Scalars.ClipFactor;
        }

        this.Backend.UpdateLatents(new UpdateLatentsArguments
        {
            Inputs = Inputs(x) with { IsTied = this.Parameters.IsTied },
            WEnc = optimizer.WEnc,
            BEnc = optimizer.BEnc,
            WDec = optimizer.WDec,
            Step = step,
            GradientFactor = factor,
            NormalizeDecoder = this.NormalizesDecoder,
            RowSquaredNorms = this.rowSquaredNorms,
            EncoderPath = this.encoderPath,
            Averages = optimizer.Average?.OfRows,
        });
        if (factor is null)
        {
            FinishGradients(x);
        }

        return factor;
    }

    /// <summary>Computes gradients of latents, those of the step or from other inputs.</summary>
    private protected void SumGradients(
        in LatentGradientInputs inputs, RealMatrix? gradWEnc = null, RealMatrix? gradWDec = null) =>
        this.Backend.LatentGradients(new LatentGradientsArguments
        {
            Inputs = inputs with { IsTied = this.Parameters.IsTied },
            WEnc = this.Parameters.WEnc,
            WDec = this.Parameters.WDec,
            GradWEnc = gradWEnc,
            GradWDec = gradWDec,
            GradBEnc = this.gradBEnc,
            RowSquaredNorms = this.rowSquaredNorms,
            EncoderPath = this.encoderPath,
        });

    private void ComputeGradients(RealMatrix x, RealMatrix? gradWEnc, RealMatrix? gradWDec)
    {
        SumGradients(Inputs(x), gradWEnc, gradWDec);
        FinishGradients(x);
    }

    private void FinishGradients(RealMatrix x)
    {
        if (this.TrainsDecoderBias)
        {
            SumBiasGradient(x, this.seesRaw ? null : this.encoderPath, this.gradBDec);
        }

        int rows = this.Parameters.WEnc.Rows;
        this.skip?.ComputeGradient(x, Residuals(x), ResidualScale(x), this.rowSquaredNorms, rows);
        this.Backend.GradientNorm(new GradientNormArguments
        {
            Latents = rows + (this.skip is null ? 0 : this.Parameters.WDec.Columns),
            RowSquaredNorms = this.rowSquaredNorms,
            GradBDec = this.gradBDec,
            DOut = this.Parameters.WDec.Columns,
            MaxNorm = this.maxGradientNorm,
            Norm = this.Scalars.GradientNorm,
            ClipFactor = this.Scalars.ClipFactor,
        });
    }

    private void UpdateFired(int rows)
    {
        (SparseCodes? codes, IntBuffer? activeRows) = Fired();
        this.fired.Update(rows, codes, activeRows);
    }
}
