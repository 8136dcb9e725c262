using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Hand-written kernels on the devices that ILGPU reaches: CUDA, OpenCL, and a simulated GPU for checking the kernels.
/// </summary>
/// <remarks>
/// Everything is computed in float32; long sums are carried in pairs of float32. A kernel is compiled at its first use.
/// Disposing the backend frees all of its buffers.
/// </remarks>
public sealed class IlgpuBackend : IComputeBackend, IMeasurableDevice
{
    private readonly KernelDevice device;
    private readonly LoadBatch loadBatch;
    private readonly Center center;
    private readonly EncoderMode mode;
    private readonly EncodeTopK encodeTopK;
    private readonly EncodeGroupMax encodeGroupMax;
    private readonly EncodeBatchTopK encodeBatchTopK;
    private readonly EncodeThreshold encodeThreshold;
    private readonly BuildLatentMajor buildLatentMajor;
    private readonly SparseDecode sparseDecode;
    private readonly DecodeResidual decodeResidual;
    private readonly PrefixResidual prefixResidual;
    private readonly GateMagnitudes gateMagnitudes;
    private readonly ReluResidual reluResidual;
    private readonly LinearSum linearSum;
    private readonly LinearGradient linearGradient;
    private readonly AuxResidual auxResidual;
    private readonly LatentGradients latentGradients;
    private readonly DecoderBiasGradient decoderBiasGradient;
    private readonly GradientNorm gradientNorm;
    private readonly AdaptPenalty adaptPenalty;
    private readonly AdamUpdate adamUpdate;
    private readonly UpdateLatents updateLatents;
    private readonly NormalizeRows normalizeRows;
    private readonly WeightedSum weightedSum;
    private readonly Orthogonalize orthogonalize;
    private readonly UpdateFired updateFired;
    private readonly AccumulateLatents accumulateLatents;
    private readonly AccumulateBins accumulateBins;
    private readonly AccumulatePairs accumulatePairs;
    private readonly AccumulateHistogram accumulateHistogram;
    private readonly AccumulateReconstruction accumulateReconstruction;
    private readonly IlgpuCeilings ceilings;

    private IlgpuBackend(KernelDevice device, Func<KernelDevice, ListedRows, EncoderMode> chooseMode)
    {
        this.device = device;
        this.loadBatch = new LoadBatch(device);
        this.center = new Center(device);
        InputPanels inputPanels = new(device);
        ListedRows listedRows = new(device);
        PooledRows pooledRows = new(device);
        this.mode = chooseMode(device, listedRows);
        this.encodeTopK = new EncodeTopK(device, inputPanels, listedRows);
        this.encodeGroupMax = new EncodeGroupMax(device, inputPanels, listedRows);
        this.encodeBatchTopK = new EncodeBatchTopK(
            device, inputPanels, listedRows, pooledRows, this.mode.Screening);
        this.encodeThreshold = new EncodeThreshold(
            device, inputPanels, listedRows, pooledRows, this.mode.Screening);
        this.buildLatentMajor = new BuildLatentMajor(device);
        this.sparseDecode = new SparseDecode(device);
        this.decodeResidual = new DecodeResidual(device);
        this.prefixResidual = new PrefixResidual(device);
        this.gateMagnitudes = new GateMagnitudes(device);
        this.reluResidual = new ReluResidual(device, this.encodeThreshold, this.decodeResidual);
        this.linearSum = new LinearSum(device);
        this.linearGradient = new LinearGradient(device);
        this.auxResidual = new AuxResidual(device);
        this.latentGradients = new LatentGradients(device);
        this.decoderBiasGradient = new DecoderBiasGradient(device);
        this.gradientNorm = new GradientNorm(device);
        this.adaptPenalty = new AdaptPenalty(device);
        this.adamUpdate = new AdamUpdate(device);
        this.updateLatents = new UpdateLatents(device, this.mode.Screening?.Screener.Weights);
        this.normalizeRows = new NormalizeRows(device);
        this.weightedSum = new WeightedSum(device);
        this.orthogonalize = new Orthogonalize(device);
        this.updateFired = new UpdateFired(device);
        this.accumulateLatents = new AccumulateLatents(device, this.buildLatentMajor);
        this.accumulateBins = new AccumulateBins(device);
        this.accumulatePairs = new AccumulatePairs(device, this.buildLatentMajor);
        this.accumulateHistogram = new AccumulateHistogram(device);
        this.accumulateReconstruction = new AccumulateReconstruction(device);
        this.ceilings = new IlgpuCeilings(device);
    }

    /// <inheritdoc/>
    public DeviceDescription Device => this.device.Description;

    /// <inheritdoc/>
    public long AllocatedBytes => this.device.Ledger.Bytes;

    /// <summary>How often all of W_enc was rounded for the tensor cores.</summary>
    internal long WeightRoundings => this.mode.Screening?.Screener.Weights.Roundings ?? 0;

    /// <summary>How often the host has waited for the device, transfers included.</summary>
    internal long Waits => this.device.Waits;

    /// <summary>Every kernel, so that all can be compiled for devices that are not there.</summary>
    internal IReadOnlyList<System.Reflection.MethodInfo> KernelMethods => this.device.KernelMethods;

    /// <summary>Opens a device.</summary>
    /// <param name="deviceId">
    /// <c>ilgpu-cpu</c>, <c>cuda[:i]</c> or <c>opencl[:i]</c>, as <see cref="IlgpuDevices.List"/> names them.
    /// </param>
    /// <param name="precision">
    /// The arithmetic of the encoders, one of <see cref="IlgpuDevices.PrecisionsOf"/>. The default is bfloat16 that
    /// float32 decides on CUDA devices of capability 8.0 that pass a probe of their tensor cores, else float32.
    /// </param>
    /// <exception cref="DeviceException">The device is not there, or cannot be opened.</exception>
    /// <exception cref="ArgumentException">The device has not that precision.</exception>
    public static IlgpuBackend Create(string deviceId, EncoderPrecision precision = EncoderPrecision.Auto)
    {
        KernelDevice device = IlgpuDevices.Open(deviceId);
        IReadOnlyList<EncoderPrecision> modes = EncoderMode.Of(device.Accelerator.Device);
        if (!modes.Contains(precision))
        {
            device.Dispose();
            throw new ArgumentException(
                $"IlgpuBackend: the precision must be one that {deviceId} has, {string.Join(", ", modes)}, but is "
                + $"{precision}. Choose one of these, or another device.");
        }

        return new IlgpuBackend(device, (opened, listedRows) => EncoderMode.Choose(opened, listedRows, precision));
    }

    /// <summary>Opens ILGPU's simulator, groups of up to 8 warps of 32 lanes: slow, and exact about barriers.</summary>
    public static IlgpuBackend CreateSimulator() => Create(IlgpuDevices.SimulatorId);

    /// <summary>Opens the simulator with the kernels that GPUs get, not with those that are quickest there.</summary>
    internal static IlgpuBackend CreateSimulatorOfGroups() => CreateSimulatorOfGroups(EncoderPrecision.Fp32);

    /// <summary>Opens the simulator with the kernels that GPUs get, and with an arithmetic for the encoders.</summary>
    internal static IlgpuBackend CreateSimulatorOfGroups(EncoderPrecision precision) => new(
        IlgpuDevices.OpenSimulatorOfGroups(),
        (opened, listedRows) => EncoderMode.Choose(opened, listedRows, precision));

    /// <summary>Opens the simulator with a mode of one's own.</summary>
    internal static IlgpuBackend CreateSimulator(Func<KernelDevice, ListedRows, EncoderMode> chooseMode) =>
        new(IlgpuDevices.Open(IlgpuDevices.SimulatorId), chooseMode);

    /// <inheritdoc/>
    public long FreeBytes => this.device.FreeBytes;

    /// <inheritdoc/>
    public RealBuffer AllocateReal(string name, long length) => new IlgpuRealBuffer(this.device, name, length);

    /// <inheritdoc/>
    public IntBuffer AllocateInt(string name, long length) => new IlgpuIntBuffer(this.device, name, length);

    /// <inheritdoc/>
    public LongBuffer AllocateLong(string name, long length) => new IlgpuLongBuffer(this.device, name, length);

    /// <inheritdoc/>
    public BatchStaging CreateBatchStaging(string name, int slots, long slotLength, StagedElement element) =>
        new IlgpuBatchStaging(this.device, name, slots, slotLength, element);

    /// <inheritdoc/>
    public LatentStatistics CreateLatentStatistics(LatentStatisticsLayout layout) =>
        new IlgpuLatentStatistics(this, layout);

    /// <inheritdoc/>
    public PairStatistics CreatePairStatistics(PairLayout layout) => new IlgpuPairStatistics(this, layout);

    /// <inheritdoc/>
    public ReconstructionStatistics CreateReconstructionStatistics(int width) =>
        new IlgpuReconstructionStatistics(this, width);

    /// <inheritdoc/>
    public EncoderReport ReadEncoderReport()
    {
        Screener? screener = this.mode.Screening?.Screener;
        (long candidates, long givenUp) = screener?.ReadCounts() ?? (0, 0);
        return new EncoderReport(this.mode.Precision, this.mode.Path, screener?.Rows ?? 0, candidates, givenUp);
    }

    /// <summary>
    /// Multiplies numbers on the tensor cores that are made to lose as much as they can, and compares with exact sums.
    /// </summary>
    /// <param name="randomProducts">Products of random numbers, beside those that are made by rule; 0 or more.</param>
    /// <returns>A result for each kind of product; none where the device has no tensor cores.</returns>
    public IReadOnlyList<TensorCoreProbe> ProbeTensorCores(int randomProducts) =>
        EncoderMode.HasTensorCores(this.device.Accelerator.Device)
            ? [Probe<Bf16Product>(randomProducts), Probe<Tf32Product>(randomProducts)]
            : [];

    /// <inheritdoc/>
    public void Synchronize() => this.device.Synchronize();

    /// <inheritdoc/>
    public DeviceMark Mark() => new QueueMark(this.device);

    /// <inheritdoc/>
    public IReadOnlyList<DeviceCeiling> MeasureCeilings(long workingSetBytes) =>
        this.ceilings.Measure(workingSetBytes);

    /// <summary>Enqueues A · Bᵀ in the tiles of the encoder; <see cref="TiledProduct"/>.</summary>
    internal double LaunchProduct(RealBuffer left, RealBuffer right, RealBuffer zeros, RealBuffer product, int size) =>
        this.ceilings.Product.Launch(
            this.device.View(left), this.device.View(right), this.device.View(zeros), this.device.View(product), size);

    /// <inheritdoc/>
    public void Dispose() => this.device.Dispose();

    /// <inheritdoc/>
    public void LoadBatch(in LoadBatchArguments arguments)
    {
        arguments.Validate();
        this.loadBatch.Run(arguments);
    }

    /// <inheritdoc/>
    public void Center(in CenterArguments arguments)
    {
        arguments.Validate();
        this.center.Run(arguments);
    }

    /// <inheritdoc/>
    public void EncodeTopK(in EncodeTopKArguments arguments)
    {
        arguments.Validate();
        if (this.mode.Screening is not null && ScreenedTopK.Suits(arguments.WEnc, arguments.K, arguments.Aux))
        {
            this.mode.Screening.TopK.Run(arguments);
        }
        else
        {
            this.encodeTopK.Run(arguments);
        }
    }

    /// <inheritdoc/>
    public void EncodeGroupMax(in EncodeGroupMaxArguments arguments)
    {
        arguments.Validate();
        this.encodeGroupMax.Run(arguments);
    }

    /// <inheritdoc/>
    public void EncodeBatchTopK(in EncodeBatchTopKArguments arguments)
    {
        arguments.Validate();
        this.encodeBatchTopK.Run(arguments);
    }

    /// <inheritdoc/>
    public void EncodeThreshold(in EncodeThresholdArguments arguments)
    {
        arguments.Validate();
        this.encodeThreshold.Run(arguments);
    }

    /// <inheritdoc/>
    public void GateMagnitudes(in GateMagnitudesArguments arguments)
    {
        arguments.Validate();
        this.gateMagnitudes.Run(arguments);
    }

    /// <inheritdoc/>
    public void AccumulateBins(in AccumulateBinsArguments arguments) => this.accumulateBins.Run(arguments);

    /// <inheritdoc/>
    public void AccumulatePairs(in AccumulatePairsArguments arguments) => this.accumulatePairs.Run(arguments);

    /// <inheritdoc/>
    public void AccumulateHistogram(in AccumulateHistogramArguments arguments) =>
        this.accumulateHistogram.Run(arguments);

    /// <inheritdoc/>
    public void BuildLatentMajor(in BuildLatentMajorArguments arguments)
    {
        arguments.Validate();
        this.buildLatentMajor.Run(arguments);
    }

    /// <inheritdoc/>
    public void SparseDecode(in SparseDecodeArguments arguments)
    {
        arguments.Validate();
        this.sparseDecode.Run(arguments);
    }

    /// <inheritdoc/>
    public void DecodeResidual(in DecodeResidualArguments arguments)
    {
        arguments.Validate();
        this.decodeResidual.Run(arguments);
    }

    /// <inheritdoc/>
    public void LinearSum(in LinearSumArguments arguments)
    {
        arguments.Validate();
        this.linearSum.Run(arguments);
    }

    /// <inheritdoc/>
    public void LinearGradient(in LinearGradientArguments arguments)
    {
        arguments.Validate();
        this.linearGradient.Run(arguments);
    }

    /// <inheritdoc/>
    public void ReluResidual(in ReluResidualArguments arguments)
    {
        arguments.Validate();
        this.reluResidual.Run(arguments);
    }

    /// <inheritdoc/>
    public void PrefixResidual(in PrefixResidualArguments arguments)
    {
        arguments.Validate();
        this.prefixResidual.Run(arguments);
    }

    /// <inheritdoc/>
    public void AuxResidual(in AuxResidualArguments arguments)
    {
        arguments.Validate();
        this.auxResidual.Run(arguments);
    }

    /// <inheritdoc/>
    public void LatentGradients(in LatentGradientsArguments arguments)
    {
        arguments.Validate();
        this.latentGradients.Run(arguments);
    }

    /// <inheritdoc/>
    public void DecoderBiasGradient(in DecoderBiasGradientArguments arguments)
    {
        arguments.Validate();
        this.decoderBiasGradient.Run(arguments);
    }

    /// <inheritdoc/>
    public void GradientNorm(in GradientNormArguments arguments) => this.gradientNorm.Run(arguments);

    /// <inheritdoc/>
    public void AdaptPenalty(in AdaptPenaltyArguments arguments) => this.adaptPenalty.Run(arguments);

    /// <inheritdoc/>
    public void AdamUpdate(in AdamUpdateArguments arguments)
    {
        arguments.Validate();
        this.adamUpdate.Run(arguments);
    }

    /// <inheritdoc/>
    public void UpdateLatents(in UpdateLatentsArguments arguments)
    {
        arguments.Validate();
        this.updateLatents.Run(arguments);
    }

    /// <inheritdoc/>
    public void NormalizeRows(in NormalizeRowsArguments arguments)
    {
        this.normalizeRows.Run(arguments);
    }

    /// <inheritdoc/>
    public void WeightedSum(in WeightedSumArguments arguments)
    {
        arguments.Validate();
        this.weightedSum.Run(arguments);
    }

    /// <inheritdoc/>
    public void Orthogonalize(in OrthogonalizeArguments arguments) => this.orthogonalize.Run(arguments);

    /// <inheritdoc/>
    public void UpdateFired(in UpdateFiredArguments arguments) => this.updateFired.Run(arguments);

    /// <inheritdoc/>
    public void AccumulateLatents(in AccumulateLatentsArguments arguments) => this.accumulateLatents.Run(arguments);

    /// <inheritdoc/>
    public void AccumulateReconstruction(in AccumulateReconstructionArguments arguments) =>
        this.accumulateReconstruction.Run(arguments);

    private TensorCoreProbe Probe<TProduct>(int randomProducts)
        where TProduct : struct, IMatrixProduct =>
        new(TProduct.Instruction, AccumulatorProbe.WorstRatio<TProduct>(this.device, randomProducts));
}
