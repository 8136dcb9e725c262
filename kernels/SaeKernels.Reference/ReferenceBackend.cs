using System.Numerics;
using System.Runtime.InteropServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Opens the reference backend.</summary>
public static class ReferenceBackend
{
    /// <summary>
    /// Opens it with float32 storage and float64 arithmetic: what the other backends are compared with.
    /// </summary>
    public static ReferenceBackend<float> Create() => new();

    /// <summary>Opens it in float64 from end to end: what gradients are checked with.</summary>
    public static ReferenceBackend<double> CreateDouble() => new();
}

/// <summary>
/// Every operation as plain float64 loops on one thread: slow, and easy to compare with the formula. Results are
/// rounded once, to the precision in which they are stored.
/// </summary>
/// <typeparam name="T">How numbers are stored: <see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class ReferenceBackend<T> : IComputeBackend
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly MemoryLedger ledger = new();

    /// <inheritdoc/>
    public DeviceDescription Device { get; } = new(
        "reference",
        RuntimeInformation.ProcessArchitecture.ToString(),
        MemoryBytes: 0,
        ComputeUnits: 1,
        typeof(T) == typeof(double) ? "float64" : "float64, stored as float32");

    /// <inheritdoc/>
    public long AllocatedBytes => this.ledger.Bytes;

    /// <inheritdoc/>
    public long FreeBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - this.ledger.Bytes;

    /// <inheritdoc/>
    public RealBuffer AllocateReal(string name, long length) => new HostRealBuffer<T>(name, length, this.ledger);

    /// <inheritdoc/>
    public IntBuffer AllocateInt(string name, long length) => new HostIntBuffer(name, length, this.ledger);

    /// <inheritdoc/>
    public LongBuffer AllocateLong(string name, long length) => new HostLongBuffer(name, length, this.ledger);

    /// <inheritdoc/>
    public BatchStaging CreateBatchStaging(string name, int slots, long slotLength, StagedElement element) =>
        new HostBatchStaging(name, slots, slotLength, element, this.ledger);

    /// <inheritdoc/>
    public EncoderReport ReadEncoderReport() => new(EncoderPrecision.Fp32, "float64", 0, 0, 0);

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Every operation is done when its call returns.
    }

    /// <inheritdoc/>
    public void LoadBatch(in LoadBatchArguments arguments) => Reference.LoadBatch.Run<T>(arguments);

    /// <inheritdoc/>
    public void Center(in CenterArguments arguments) => Reference.Center.Run<T>(arguments);

    /// <inheritdoc/>
    public void EncodeTopK(in EncodeTopKArguments arguments) => Reference.EncodeTopK.Run<T>(arguments);

    /// <inheritdoc/>
    public void EncodeGroupMax(in EncodeGroupMaxArguments arguments) => Reference.EncodeGroupMax.Run<T>(arguments);

    /// <inheritdoc/>
    public void EncodeBatchTopK(in EncodeBatchTopKArguments arguments) =>
        Reference.EncodeBatchTopK.Run<T>(arguments);

    /// <inheritdoc/>
    public void EncodeThreshold(in EncodeThresholdArguments arguments) =>
        Reference.EncodeThreshold.Run<T>(arguments);

    /// <inheritdoc/>
    public void GateMagnitudes(in GateMagnitudesArguments arguments) => Reference.GateMagnitudes.Run<T>(arguments);

    /// <inheritdoc/>
    public void AccumulateBins(in AccumulateBinsArguments arguments) => Reference.AccumulateBins.Run<T>(arguments);

    /// <inheritdoc/>
    public void AccumulatePairs(in AccumulatePairsArguments arguments) => Reference.AccumulatePairs.Run<T>(arguments);

    /// <inheritdoc/>
    public void AccumulateHistogram(in AccumulateHistogramArguments arguments) =>
        Reference.AccumulateHistogram.Run<T>(arguments);

    /// <inheritdoc/>
    public void BuildLatentMajor(in BuildLatentMajorArguments arguments) =>
        Reference.BuildLatentMajor.Run<T>(arguments);

    /// <inheritdoc/>
    public void SparseDecode(in SparseDecodeArguments arguments) => Reference.SparseDecode.Run<T>(arguments);

    /// <inheritdoc/>
    public void DecodeResidual(in DecodeResidualArguments arguments) => Reference.DecodeResidual.Run<T>(arguments);

    /// <inheritdoc/>
    public void PrefixResidual(in PrefixResidualArguments arguments) => Reference.PrefixResidual.Run<T>(arguments);

    /// <inheritdoc/>
    public void LinearSum(in LinearSumArguments arguments) => Reference.LinearSum.Run<T>(arguments);

    /// <inheritdoc/>
    public void LinearGradient(in LinearGradientArguments arguments) => Reference.LinearGradient.Run<T>(arguments);

    /// <inheritdoc/>
    public void ReluResidual(in ReluResidualArguments arguments) => Reference.ReluResidual.Run<T>(arguments);

    /// <inheritdoc/>
    public void AuxResidual(in AuxResidualArguments arguments) => Reference.AuxResidual.Run<T>(arguments);

    /// <inheritdoc/>
    public void LatentGradients(in LatentGradientsArguments arguments) => Reference.LatentGradients.Run<T>(arguments);

    /// <inheritdoc/>
    public void DecoderBiasGradient(in DecoderBiasGradientArguments arguments) =>
        Reference.DecoderBiasGradient.Run<T>(arguments);

    /// <inheritdoc/>
    public void GradientNorm(in GradientNormArguments arguments) => Reference.GradientNorm.Run<T>(arguments);

    /// <inheritdoc/>
    public void AdaptPenalty(in AdaptPenaltyArguments arguments) => Reference.AdaptPenalty.Run<T>(arguments);

    /// <inheritdoc/>
    public void AdamUpdate(in AdamUpdateArguments arguments) => Reference.AdamUpdate.Run<T>(arguments);

    /// <inheritdoc/>
    public void UpdateLatents(in UpdateLatentsArguments arguments) => Reference.UpdateLatents.Run<T>(arguments);

    /// <inheritdoc/>
    public void NormalizeRows(in NormalizeRowsArguments arguments) => Reference.NormalizeRows.Run<T>(arguments);

    /// <inheritdoc/>
    public void WeightedSum(in WeightedSumArguments arguments) => Reference.WeightedSum.Run<T>(arguments);

    /// <inheritdoc/>
    public void Orthogonalize(in OrthogonalizeArguments arguments) => Reference.Orthogonalize.Run<T>(arguments);

    /// <inheritdoc/>
    public void UpdateFired(in UpdateFiredArguments arguments) => Reference.UpdateFired.Run<T>(arguments);

    /// <inheritdoc/>
    public LatentStatistics CreateLatentStatistics(LatentStatisticsLayout layout) =>
        new ReferenceLatentStatistics(layout, this.ledger);

    /// <inheritdoc/>
    public PairStatistics CreatePairStatistics(PairLayout layout) => new ReferencePairStatistics(layout);

    /// <inheritdoc/>
    public ReconstructionStatistics CreateReconstructionStatistics(int width) =>
        new ReferenceReconstructionStatistics(width);

    /// <inheritdoc/>
    public void AccumulateReconstruction(in AccumulateReconstructionArguments arguments) =>
        Reference.AccumulateReconstruction.Run<T>(arguments);

    /// <inheritdoc/>
    public void AccumulateLatents(in AccumulateLatentsArguments arguments) =>
        Reference.AccumulateLatents.Run<T>(arguments);

    /// <inheritdoc/>
    public void Dispose()
    {
        // Buffers own their memory; the backend holds none of its own.
    }
}
