using SaeKernels.Abstractions;

namespace SaeKernels.Benchmarks;

/// <summary>
/// The arguments of each operation of a training step, with buffers as they are in the middle of training.
/// </summary>
/// <remarks>The learning rate is 0, so that every repetition does the same arithmetic on the same weights.</remarks>
public sealed class TrainingStep : IDisposable
{
    private const double ResidualScale = -1e-5;
    private static readonly OptimizerStep Adam = new()
    {
        LearningRate = 0,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 1e-8,
        Step = 1,
    };

    private readonly TrainingBuffers buffers;

    public TrainingStep(StepShape shape, int threads = 0)
    {
        this.buffers = new TrainingBuffers(shape, threads);
        IComputeBackend backend = this.Backend;
        backend.NormalizeRows(this.NormalizeRows);
        backend.Center(this.Center);
        backend.EncodeTopK(this.EncodeTopK);
        backend.DecodeResidual(this.DecodeResidual);
        backend.AuxResidual(this.AuxResidual);
        backend.BuildLatentMajor(this.BuildLatentMajor);
        backend.UpdateLatents(this.UpdateLatents);
        backend.DecoderBiasGradient(this.DecoderBiasGradient);
    }

    public IComputeBackend Backend => this.buffers.Backend;

    public CenterArguments Center => new()
    {
        Activations = this.buffers.Activations,
        BDec = this.buffers.BDec.Values,
        Centered = this.buffers.Centered,
    };

    public EncodeTopKArguments EncodeTopK => new()
    {
        Input = this.buffers.Centered,
        WEnc = this.buffers.Encoder,
        BEnc = this.buffers.BEnc.Values,
        K = this.buffers.Shape.K,
        Codes = this.buffers.Codes,
        Aux = this.Aux,
    };

    public EncodeGroupMaxArguments EncodeGroupMax => new()
    {
        Input = this.buffers.Centered,
        WEnc = this.buffers.Encoder,
        BEnc = this.buffers.BEnc.Values,
        K = this.buffers.Shape.DSae % this.buffers.Shape.K == 0 ? this.buffers.Shape.K : 1,
        Codes = this.buffers.Codes,
        Aux = this.Aux,
    };

    public EncodeBatchTopKArguments EncodeBatchTopK => new()
    {
        Input = this.buffers.Centered,
        WEnc = this.buffers.Encoder,
        BEnc = this.buffers.BEnc.Values,
        K = this.buffers.Shape.K,
        Codes = this.buffers.Codes,
        Cut = Scalar(7),
        Aux = this.Aux,
    };

    public EncodeThresholdArguments EncodeThreshold => new()
    {
        Input = this.buffers.Centered,
        WEnc = this.buffers.Encoder,
        BEnc = this.buffers.BEnc.Values,
        Threshold = this.buffers.Threshold,
        Codes = this.buffers.Codes,
        Aux = this.Aux,
    };

    public BuildLatentMajorArguments BuildLatentMajor => new()
    {
        Rows = this.buffers.Shape.Batch,
        Codes = this.buffers.Codes,
        AuxCodes = this.buffers.AuxCodes,
        List = this.buffers.List,
    };

    public SparseDecodeArguments SparseDecode => new()
    {
        Codes = this.buffers.Codes,
        WDec = this.buffers.Decoder,
        BDec = this.buffers.BDec.Values,
        Reconstruction = this.buffers.Reconstruction,
    };

    public DecodeResidualArguments DecodeResidual => new()
    {
        Codes = this.buffers.Codes,
        WDec = this.buffers.Decoder,
        BDec = this.buffers.BDec.Values,
        Targets = this.buffers.Activations,
        Residuals = this.buffers.LiveResiduals,
        RowSquaredErrors = this.buffers.RowSquaredErrors,
        MeanSquaredError = Scalar(0),
    };

    public PrefixResidualArguments PrefixResidual => new()
    {
        Codes = this.buffers.Codes,
        WDec = this.buffers.Decoder,
        BDec = this.buffers.BDec.Values,
        Targets = this.buffers.Activations,
        Prefixes = this.buffers.Prefixes,
        Weights = this.buffers.PrefixWeights,
        Residuals = this.buffers.PrefixResiduals,
        RowSquaredErrors = this.buffers.RowSquaredErrors,
        MeanSquaredError = Scalar(0),
        RowLosses = this.buffers.RowLosses,
        MeanLoss = Scalar(1),
    };

    public ReluResidualArguments ReluResidual => new()
    {
        Input = this.buffers.Centered,
        WEnc = this.buffers.Encoder,
        BEnc = this.buffers.BEnc.Values,
        WDec = this.buffers.Decoder,
        BDec = this.buffers.BDec.Values,
        Targets = this.buffers.Activations,
        Residuals = this.buffers.LiveResiduals,
        RowSquaredErrors = this.buffers.RowSquaredErrors,
        MeanSquaredError = Scalar(0),
        ActiveRows = this.buffers.DeadMask,
    };

    public LinearSumArguments LinearSum => new()
    {
        Input = this.buffers.Activations,
        Weights = this.buffers.Linear,
        Start = this.buffers.Activations,
        Scale = -1,
        Sum = this.buffers.Reconstruction,
    };

    public LinearGradientArguments LinearGradient => new()
    {
        Residuals = this.buffers.LiveResiduals,
        Input = this.buffers.Activations,
        ResidualScale = ResidualScale,
        Gradient = this.buffers.Linear,
        RowSquaredNorms = this.buffers.LinearNorms,
    };

    /// <summary>With biases and log gains of 0, so that codes stay as they are.</summary>
    public GateMagnitudesArguments GateMagnitudes => new()
    {
        Rows = this.buffers.Shape.Batch,
        Latents = this.buffers.Shape.DSae,
        Codes = this.buffers.Codes,
        GateBiases = this.buffers.GradBEnc,
        Biases = this.buffers.GradBEnc,
        LogGains = this.buffers.GradBEnc,
        Gate = this.buffers.Gate,
    };

    public AuxResidualArguments AuxResidual => new()
    {
        Rows = this.buffers.Shape.Batch,
        AuxCodes = this.buffers.AuxCodes,
        WDec = this.buffers.Decoder,
        Residuals = this.buffers.Residuals,
        Coefficient = 1.0 / 32,
        Loss = Scalar(1),
        ResidualScale = Scalar(2),
    };

    public LatentGradientsArguments LatentGradients => new()
    {
        Inputs = this.Inputs,
        WEnc = this.buffers.Encoder,
        WDec = this.buffers.Decoder,
        GradWEnc = this.buffers.GradWEnc,
        GradWDec = this.buffers.GradWDec,
        GradBEnc = this.buffers.GradBEnc,
        RowSquaredNorms = this.buffers.RowSquaredNorms,
        EncoderPath = this.buffers.EncoderPath,
    };

    public DecoderBiasGradientArguments DecoderBiasGradient => new()
    {
        Residuals = this.buffers.LiveResiduals,
        ResidualScale = ResidualScale,
        EncoderPath = this.buffers.EncoderPath,
        GradBDec = this.buffers.GradBDec,
    };

    public GradientNormArguments GradientNorm => new()
    {
        Latents = this.buffers.Shape.DSae,
        RowSquaredNorms = this.buffers.RowSquaredNorms,
        GradBDec = this.buffers.GradBDec,
        DOut = this.buffers.Shape.DIn,
        MaxNorm = 1,
        Norm = Scalar(3),
        ClipFactor = Scalar(4),
    };

    public AdaptPenaltyArguments AdaptPenalty => new()
    {
        L0 = Scalar(6),
        Target = this.buffers.Shape.K,
        Gain = 0.01,
        Scale = 0.1,
        Sum = this.buffers.ControllerSum,
        Factor = Scalar(1),
    };

    public AdamUpdateArguments AdamUpdate => new()
    {
        Length = this.buffers.Shape.DIn,
        Parameters = this.buffers.BDec.Values,
        Gradient = this.buffers.GradBDec,
        FirstMoment = this.buffers.BDec.FirstMoment,
        SecondMoment = this.buffers.BDec.SecondMoment,
        Step = Adam,
    };

    public UpdateLatentsArguments UpdateLatents => new()
    {
        Inputs = this.Inputs,
        WEnc = this.buffers.WEnc,
        BEnc = this.buffers.BEnc,
        WDec = this.buffers.WDec,
        Step = Adam,
        NormalizeDecoder = true,
        RowSquaredNorms = this.buffers.RowSquaredNorms,
        EncoderPath = this.buffers.EncoderPath,
    };

    /// <summary>The same step with moving averages of what it changes.</summary>
    public UpdateLatentsArguments UpdateAveragedLatents => this.UpdateLatents with { Averages = this.buffers.Averages };

    /// <summary>The step of a ReLU encoder whose entries nobody listed.</summary>
    public UpdateLatentsArguments UpdateReluLatents => this.UpdateLatents with
    {
        Inputs = this.Inputs with
        {
            List = null,
            Relu = new ReluEntries(this.buffers.Shape.DSae, this.buffers.BEnc.Values),
            Residuals = this.buffers.LiveResiduals,
            AuxResidualScale = null,
        },
    };

    public NormalizeRowsArguments NormalizeRows => new() { Matrix = this.buffers.Decoder };

    /// <summary>A moving average of W_enc; the moment stands for the average.</summary>
    public WeightedSumArguments WeightedSum => new()
    {
        Length = this.buffers.WEnc.Values.Length,
        First = this.buffers.WEnc.FirstMoment,
        FirstFactor = 0.999,
        Second = this.buffers.WEnc.Values,
        SecondFactor = 0.001,
        Sum = this.buffers.WEnc.FirstMoment,
    };

    /// <summary>The direction of a step of W_enc; the moment stands for the gradient.</summary>
    public OrthogonalizeArguments Orthogonalize => new()
    {
        Matrix = new RealMatrix(
            this.buffers.WEnc.FirstMoment, this.buffers.Shape.DSae, this.buffers.Decoder.Columns),
    };

    public UpdateFiredArguments UpdateFired => new()
    {
        Rows = this.buffers.Shape.Batch,
        Latents = this.buffers.Shape.DSae,
        Codes = this.buffers.Codes,
        TokensSinceFired = this.buffers.TokensSinceFired,
        DeadAfterTokens = 1_000_000,
        DeadMask = this.buffers.DeadMask,
        DeadLatents = Scalar(5),
        L0 = Scalar(6),
    };

    public AccumulateLatentsArguments AccumulateLatents => new()
    {
        Rows = this.buffers.Shape.Batch,
        Codes = this.buffers.Codes,
        Statistics = this.buffers.Statistics,
    };

    public AccumulateHistogramArguments AccumulateHistogram => new()
    {
        Values = this.buffers.Activations.Buffer,
        Count = this.buffers.Activations.Buffer.Length,
        Low = -0.5f,
        High = 0.5f,
        Bins = 100,
        Counts = this.buffers.HistogramCounts,
    };

    public AccumulateBinsArguments AccumulateBins => new()
    {
        Rows = this.buffers.Shape.Batch,
        Latents = this.buffers.Shape.DSae,
        Codes = this.buffers.Codes,
        Bins = this.buffers.Shape.DSae * TrainingBuffers.BinsOfALatent,
        Even = this.buffers.LatentBins,
        Counts = this.buffers.BinCounts,
    };

    public AccumulatePairsArguments AccumulatePairs => new()
    {
        Rows = this.buffers.Shape.Batch,
        Codes = this.buffers.Codes,
        OtherCodes = this.buffers.Codes,
        Statistics = this.buffers.PairStatistics,
    };

    public AccumulateReconstructionArguments AccumulateReconstruction => new()
    {
        Targets = this.buffers.Activations,
        Reconstruction = this.buffers.Reconstruction,
        Statistics = this.buffers.ReconstructionStatistics,
    };

    private AuxSelection Aux => new()
    {
        Mask = this.buffers.Flags,
        K = this.buffers.AuxK,
        Codes = this.buffers.AuxCodes,
    };

    private LatentGradientInputs Inputs => new()
    {
        List = this.buffers.List,
        Input = this.buffers.Centered,
        Residuals = this.buffers.Residuals,
        ResidualScale = ResidualScale,
        AuxResidualScale = Scalar(2),
        ProjectDecoderGradient = true,
    };

    public void Dispose() => this.buffers.Dispose();

    private ScalarSlot Scalar(int index) => new(this.buffers.Scalars, index);
}
