using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>The processor: the widest vectors it has, and a thread for each logical processor.</summary>
/// <remarks>
/// Operations are done when their call returns. Results do not depend on the number of threads; they do depend on the
/// instruction path, save for <see cref="EncodeTopK"/>, whose pre-activations have the same bits in every path.
/// After the first calls of a shape an operation allocates no managed memory.
/// </remarks>
public sealed class CpuBackend : IComputeBackend, IMeasurableDevice
{
    private readonly CpuContext context;

    /// <summary>Opens the processor and starts its threads.</summary>
    /// <param name="threads">Threads to compute with, the calling one included; 0 for all logical processors.</param>
    /// <param name="precision">The arithmetic of the encoders' products; one of <see cref="Precisions"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is negative or above 1024.</exception>
    /// <exception cref="ArgumentException">The processor has not that precision.</exception>
    public CpuBackend(int threads = 0, EncoderPrecision precision = EncoderPrecision.Auto)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threads, 1024);
        if (!Precisions.Contains(precision))
        {
            throw new ArgumentException(
                $"CpuBackend: Precision must be one that this processor has, {string.Join(", ", Precisions)}, but is "
                + $"{precision}. Choose one of these.",
                nameof(precision));
        }

        this.Threads = threads == 0 ? Environment.ProcessorCount : threads;
        this.context = new CpuContext(this.Threads, precision);
        this.Device = new DeviceDescription(
            "cpu",
            ProcessorName(),
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            this.Threads,
            InstructionPath());
    }

    /// <summary>The precisions that this processor has for its encoders.</summary>
    public static IReadOnlyList<EncoderPrecision> Precisions { get; } = Int8Tile.IsAvailable
        ? [EncoderPrecision.Auto, EncoderPrecision.Fp32, EncoderPrecision.ExactInt8]
        : [EncoderPrecision.Auto, EncoderPrecision.Fp32];

    /// <summary>Threads that compute, the calling one included.</summary>
    public int Threads { get; }

    /// <inheritdoc/>
    public DeviceDescription Device { get; }

    /// <inheritdoc/>
    public long AllocatedBytes => this.context.Ledger.Bytes;

    /// <inheritdoc/>
    public long FreeBytes => this.Device.MemoryBytes - this.context.Ledger.Bytes;

    /// <summary>How often all of W_enc was rounded for the screen.</summary>
    internal long WeightRoundings => this.context.RoundedEncoder.Roundings;

    /// <inheritdoc/>
    public RealBuffer AllocateReal(string name, long length) =>
        new HostRealBuffer<float>(name, length, this.context.Ledger);

    /// <inheritdoc/>
    public IntBuffer AllocateInt(string name, long length) => new HostIntBuffer(name, length, this.context.Ledger);

    /// <inheritdoc/>
    public LongBuffer AllocateLong(string name, long length) => new HostLongBuffer(name, length, this.context.Ledger);

    /// <inheritdoc/>
    public BatchStaging CreateBatchStaging(string name, int slots, long slotLength, StagedElement element) =>
        new HostBatchStaging(name, slots, slotLength, element, this.context.Ledger);

    /// <inheritdoc/>
    public EncoderReport ReadEncoderReport() => this.context.Screening.Report(InstructionPath());

    /// <inheritdoc/>
    public void Synchronize()
    {
        // Every operation is done when its call returns.
    }

    /// <inheritdoc/>
    public void LoadBatch(in LoadBatchArguments arguments) => Cpu.LoadBatch.Run(this.context, arguments);

    /// <inheritdoc/>
    public void Center(in CenterArguments arguments) => Cpu.Center.Run(this.context, arguments);

    /// <inheritdoc/>
    public void EncodeTopK(in EncodeTopKArguments arguments) => Cpu.EncodeTopK.Run(this.context, arguments);

    /// <inheritdoc/>
    public void EncodeGroupMax(in EncodeGroupMaxArguments arguments) => Cpu.EncodeGroupMax.Run(this.context, arguments);

    /// <inheritdoc/>
    public void EncodeBatchTopK(in EncodeBatchTopKArguments arguments) =>
        Cpu.EncodeBatchTopK.Run(this.context, arguments);

    /// <inheritdoc/>
    public void EncodeThreshold(in EncodeThresholdArguments arguments) =>
        Cpu.EncodeThreshold.Run(this.context, arguments);

    /// <inheritdoc/>
    public void GateMagnitudes(in GateMagnitudesArguments arguments) =>
        Cpu.GateMagnitudes.Run(this.context, arguments);

    /// <inheritdoc/>
    public void AccumulateBins(in AccumulateBinsArguments arguments) => Cpu.AccumulateBins.Run(this.context, arguments);

    /// <inheritdoc/>
    public void AccumulatePairs(in AccumulatePairsArguments arguments) =>
        Cpu.AccumulatePairs.Run(this.context, arguments);

    /// <inheritdoc/>
    public void AccumulateHistogram(in AccumulateHistogramArguments arguments) =>
        Cpu.AccumulateHistogram.Run(this.context, arguments);

    /// <inheritdoc/>
    public void BuildLatentMajor(in BuildLatentMajorArguments arguments) =>
        Cpu.BuildLatentMajor.Run(this.context, arguments);

    /// <inheritdoc/>
    public void SparseDecode(in SparseDecodeArguments arguments) => Cpu.SparseDecode.Run(this.context, arguments);

    /// <inheritdoc/>
    public void DecodeResidual(in DecodeResidualArguments arguments) => Cpu.DecodeResidual.Run(this.context, arguments);

    /// <inheritdoc/>
    public void PrefixResidual(in PrefixResidualArguments arguments) => Cpu.PrefixResidual.Run(this.context, arguments);

    /// <inheritdoc/>
    public void LinearSum(in LinearSumArguments arguments) => Cpu.LinearSum.Run(this.context, arguments);

    /// <inheritdoc/>
    public void LinearGradient(in LinearGradientArguments arguments) => Cpu.LinearGradient.Run(this.context, arguments);

    /// <inheritdoc/>
    public void ReluResidual(in ReluResidualArguments arguments) => Cpu.ReluResidual.Run(this.context, arguments);

    /// <inheritdoc/>
    public void AuxResidual(in AuxResidualArguments arguments) => Cpu.AuxResidual.Run(this.context, arguments);

    /// <inheritdoc/>
    public void LatentGradients(in LatentGradientsArguments arguments) =>
        Cpu.LatentGradients.Run(this.context, arguments);

    /// <inheritdoc/>
    public void DecoderBiasGradient(in DecoderBiasGradientArguments arguments) =>
        Cpu.DecoderBiasGradient.Run(this.context, arguments);

    /// <inheritdoc/>
    public void GradientNorm(in GradientNormArguments arguments) => Cpu.GradientNorm.Run(arguments);

    /// <inheritdoc/>
    public void AdaptPenalty(in AdaptPenaltyArguments arguments) => Cpu.AdaptPenalty.Run(arguments);

    /// <inheritdoc/>
    public void AdamUpdate(in AdamUpdateArguments arguments) => Cpu.AdamUpdate.Run(this.context, arguments);

    /// <inheritdoc/>
    public void UpdateLatents(in UpdateLatentsArguments arguments) => Cpu.UpdateLatents.Run(this.context, arguments);

    /// <inheritdoc/>
    public void NormalizeRows(in NormalizeRowsArguments arguments) => Cpu.NormalizeRows.Run(this.context, arguments);

    /// <inheritdoc/>
    public void WeightedSum(in WeightedSumArguments arguments) => Cpu.WeightedSum.Run(this.context, arguments);

    /// <inheritdoc/>
    public void Orthogonalize(in OrthogonalizeArguments arguments) => Cpu.Orthogonalize.Run(this.context, arguments);

    /// <inheritdoc/>
    public void UpdateFired(in UpdateFiredArguments arguments) => Cpu.UpdateFired.Run(this.context, arguments);

    /// <inheritdoc/>
    public LatentStatistics CreateLatentStatistics(LatentStatisticsLayout layout) =>
        new CpuLatentStatistics(layout, this.context.Ledger);

    /// <inheritdoc/>
    public PairStatistics CreatePairStatistics(PairLayout layout) =>
        new CpuPairStatistics(this, layout, this.context.Ledger);

    /// <inheritdoc/>
    public ReconstructionStatistics CreateReconstructionStatistics(int width) =>
        new CpuReconstructionStatistics(width, this.context.Ledger);

    /// <inheritdoc/>
    public void AccumulateReconstruction(in AccumulateReconstructionArguments arguments) =>
        Cpu.AccumulateReconstruction.Run(this.context, arguments);

    /// <inheritdoc/>
    public void AccumulateLatents(in AccumulateLatentsArguments arguments) =>
        Cpu.AccumulateLatents.Run(this.context, arguments);

    /// <inheritdoc/>
    public DeviceMark Mark() => new HostMark();

    /// <inheritdoc/>
    public IReadOnlyList<DeviceCeiling> MeasureCeilings(long workingSetBytes) =>
        CpuCeilings.Measure(this.context, workingSetBytes);

    /// <summary>Ends the threads and frees scratch memory; buffers stay until they are disposed.</summary>
    public void Dispose() => this.context.Dispose();

    private static string InstructionPath() =>
        Vector512.IsHardwareAccelerated ? "AVX-512 (Vector512)"
        : Vector256.IsHardwareAccelerated && Fma.IsSupported ? "AVX2 (Vector256)"
        : "128-bit (Vector128)";

    private static string ProcessorName()
    {
        // The processor's own name: three leaves of 16 characters.
        const int Extended = unchecked((int)0x80000000);
        const int NameLeaves = 3;
        const int LastNameLeaf = Extended + 1 + NameLeaves;
        if (!X86Base.IsSupported || X86Base.CpuId(Extended, 0).Eax < LastNameLeaf)
        {
            return RuntimeInformation.ProcessArchitecture.ToString();
        }

        Span<int> registers = stackalloc int[4 * NameLeaves];
        for (int leaf = 0; leaf < NameLeaves; leaf++)
        {
            (registers[4 * leaf], registers[(4 * leaf) + 1], registers[(4 * leaf) + 2], registers[(4 * leaf) + 3]) =
                X86Base.CpuId(Extended + 2 + leaf, 0);
        }

        return System.Text.Encoding.ASCII.GetString(MemoryMarshal.AsBytes(registers)).TrimEnd('\0').Trim();
    }
}
