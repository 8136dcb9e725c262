using SaeKernels.Abstractions;

namespace SaeKernels.Testing;

/// <summary>
/// A backend that passes everything on to another and knows the buffers; tests derive from it to interfere.
/// </summary>
public abstract class DelegatingBackend : IComputeBackend
{
    private readonly List<DeviceBuffer> buffers = [];

    protected DelegatingBackend(IComputeBackend inner) => this.Inner = inner;

    public DeviceDescription Device => this.Inner.Device;

    public long AllocatedBytes => this.Inner.AllocatedBytes;

    public long FreeBytes => this.Inner.FreeBytes;

    /// <summary>The backend that does the work.</summary>
    protected IComputeBackend Inner { get; }

    /// <summary>The buffers in use, oldest first.</summary>
    protected IReadOnlyList<DeviceBuffer> Buffers
    {
        get
        {
            this.buffers.RemoveAll(IsDisposed);
            return this.buffers;
        }
    }

    public RealBuffer AllocateReal(string name, long length) => Remember(this.Inner.AllocateReal(name, length));

    public IntBuffer AllocateInt(string name, long length) => Remember(this.Inner.AllocateInt(name, length));

    public LongBuffer AllocateLong(string name, long length) => Remember(this.Inner.AllocateLong(name, length));

    public BatchStaging CreateBatchStaging(string name, int slots, long slotLength, StagedElement element) =>
        this.Inner.CreateBatchStaging(name, slots, slotLength, element);

    public EncoderReport ReadEncoderReport() => this.Inner.ReadEncoderReport();

    public virtual void Synchronize() => this.Inner.Synchronize();

    public virtual void LoadBatch(in LoadBatchArguments arguments) => this.Inner.LoadBatch(arguments);

    public virtual void Center(in CenterArguments arguments) => this.Inner.Center(arguments);

    public virtual void EncodeTopK(in EncodeTopKArguments arguments) => this.Inner.EncodeTopK(arguments);

    public virtual void EncodeGroupMax(in EncodeGroupMaxArguments arguments) => this.Inner.EncodeGroupMax(arguments);

    public virtual void EncodeBatchTopK(in EncodeBatchTopKArguments arguments) =>
        this.Inner.EncodeBatchTopK(arguments);

    public virtual void EncodeThreshold(in EncodeThresholdArguments arguments) =>
        this.Inner.EncodeThreshold(arguments);

    public virtual void GateMagnitudes(in GateMagnitudesArguments arguments) => this.Inner.GateMagnitudes(arguments);

    public virtual void BuildLatentMajor(in BuildLatentMajorArguments arguments) =>
        this.Inner.BuildLatentMajor(arguments);

    public virtual void SparseDecode(in SparseDecodeArguments arguments) => this.Inner.SparseDecode(arguments);

    public virtual void DecodeResidual(in DecodeResidualArguments arguments) => this.Inner.DecodeResidual(arguments);

    public virtual void PrefixResidual(in PrefixResidualArguments arguments) => this.Inner.PrefixResidual(arguments);

    public virtual void LinearSum(in LinearSumArguments arguments) => this.Inner.LinearSum(arguments);

    public virtual void LinearGradient(in LinearGradientArguments arguments) => this.Inner.LinearGradient(arguments);

    public virtual void ReluResidual(in ReluResidualArguments arguments) => this.Inner.ReluResidual(arguments);

    public virtual void AuxResidual(in AuxResidualArguments arguments) => this.Inner.AuxResidual(arguments);

    public virtual void LatentGradients(in LatentGradientsArguments arguments) => this.Inner.LatentGradients(arguments);

    public virtual void DecoderBiasGradient(in DecoderBiasGradientArguments arguments) =>
        this.Inner.DecoderBiasGradient(arguments);

    public virtual void GradientNorm(in GradientNormArguments arguments) => this.Inner.GradientNorm(arguments);

    public virtual void AdaptPenalty(in AdaptPenaltyArguments arguments) => this.Inner.AdaptPenalty(arguments);

    public virtual void AdamUpdate(in AdamUpdateArguments arguments) => this.Inner.AdamUpdate(arguments);

    public virtual void UpdateLatents(in UpdateLatentsArguments arguments) => this.Inner.UpdateLatents(arguments);

    public virtual void NormalizeRows(in NormalizeRowsArguments arguments) => this.Inner.NormalizeRows(arguments);

    public virtual void WeightedSum(in WeightedSumArguments arguments) => this.Inner.WeightedSum(arguments);

    public virtual void Orthogonalize(in OrthogonalizeArguments arguments) => this.Inner.Orthogonalize(arguments);

    public virtual void UpdateFired(in UpdateFiredArguments arguments) => this.Inner.UpdateFired(arguments);

    public virtual LatentStatistics CreateLatentStatistics(LatentStatisticsLayout layout) =>
        this.Inner.CreateLatentStatistics(layout);

    public virtual ReconstructionStatistics CreateReconstructionStatistics(int width) =>
        this.Inner.CreateReconstructionStatistics(width);

    public virtual PairStatistics CreatePairStatistics(PairLayout layout) => this.Inner.CreatePairStatistics(layout);

    public virtual void AccumulatePairs(in AccumulatePairsArguments arguments) => this.Inner.AccumulatePairs(arguments);

    public virtual void AccumulateReconstruction(in AccumulateReconstructionArguments arguments) =>
        this.Inner.AccumulateReconstruction(arguments);

    public virtual void AccumulateLatents(in AccumulateLatentsArguments arguments) =>
        this.Inner.AccumulateLatents(arguments);

    public virtual void AccumulateBins(in AccumulateBinsArguments arguments) => this.Inner.AccumulateBins(arguments);

    public virtual void AccumulateHistogram(in AccumulateHistogramArguments arguments) =>
        this.Inner.AccumulateHistogram(arguments);

    public void Dispose()
    {
        this.Inner.Dispose();
        GC.SuppressFinalize(this);
    }

    private static bool IsDisposed(DeviceBuffer buffer)
    {
        try
        {
            buffer.Read(0);
            return false;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    private T Remember<T>(T buffer)
        where T : DeviceBuffer
    {
        this.buffers.Add(buffer);
        return buffer;
    }
}
