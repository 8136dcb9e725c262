using System.Diagnostics;
using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>A backend that hands every operation on to another one and notes how long it takes.</summary>
/// <remarks>
/// What is profiled is thereby the real training step. Times are those of the device's clock, read once the step is
/// over: between operations nothing waits.
/// </remarks>
public sealed class TimedBackend : IComputeBackend
{
    private readonly IComputeBackend inner;
    private readonly IMeasurableDevice device;
    private readonly List<Run> runs = [];
    private readonly Dictionary<string, OperationCost> costs = [];
    private DeviceMark? begin;
    private long hostBegin;

    /// <summary>Makes a backend that notes nothing until <see cref="Begin"/>.</summary>
    /// <param name="inner">Computes; the caller disposes it.</param>
    /// <exception cref="ArgumentException">The backend cannot be measured.</exception>
    public TimedBackend(IComputeBackend inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        this.inner = inner;
        this.device = inner as IMeasurableDevice ?? throw new ArgumentException(
            $"TimedBackend: the backend must be one that can be measured, but is {inner.GetType().Name}. "
            + "Take another device.",
            nameof(inner));
    }

    /// <inheritdoc/>
    public DeviceDescription Device => this.inner.Device;

    /// <inheritdoc/>
    public long AllocatedBytes => this.inner.AllocatedBytes;

    /// <inheritdoc/>
    public long FreeBytes => this.inner.FreeBytes;

    /// <summary>Begins to note operations.</summary>
    public void Begin()
    {
        this.inner.Synchronize();
        this.begin = this.device.Mark();
        this.hostBegin = Stopwatch.GetTimestamp();
    }

    /// <summary>Waits for the operations since <see cref="Begin"/>, and ends noting.</summary>
    /// <returns>The operations in their order. Costs are counted once for each, at its first run.</returns>
    /// <exception cref="InvalidOperationException">Nothing was begun.</exception>
    public IReadOnlyList<OperationSample> End()
    {
        DeviceMark origin = this.begin
            ?? throw new InvalidOperationException("TimedBackend: Begin must come before End, but did not. Call it.");
        this.begin = null;
        this.inner.Synchronize();
        List<OperationSample> samples = [];
        foreach (Run run in this.runs)
        {
            int earlier = samples.Count(sample => sample.Name == run.Name || sample.Name.StartsWith(
                $"{run.Name} ", StringComparison.Ordinal));
            string name = earlier == 0 ? run.Name : $"{run.Name} {earlier + 1}";
            if (!this.costs.TryGetValue(name, out OperationCost? cost))
            {
                this.costs[name] = cost = run.Cost();
            }

            samples.Add(new OperationSample(
                name,
                cost,
                run.Begin.SecondsSince(origin),
                run.End.SecondsSince(run.Begin),
                Stopwatch.GetElapsedTime(this.hostBegin, run.HostBegin).TotalSeconds,
                Stopwatch.GetElapsedTime(run.HostBegin, run.HostEnd).TotalSeconds));
            run.Begin.Dispose();
            run.End.Dispose();
        }

        origin.Dispose();
        this.runs.Clear();
        return samples;
    }

    /// <inheritdoc/>
    public RealBuffer AllocateReal(string name, long length) => this.inner.AllocateReal(name, length);

    /// <inheritdoc/>
    public IntBuffer AllocateInt(string name, long length) => this.inner.AllocateInt(name, length);

    /// <inheritdoc/>
    public LongBuffer AllocateLong(string name, long length) => this.inner.AllocateLong(name, length);

    /// <inheritdoc/>
    public BatchStaging CreateBatchStaging(string name, int slots, long slotLength, StagedElement element) =>
        this.inner.CreateBatchStaging(name, slots, slotLength, element);

    /// <inheritdoc/>
    public LatentStatistics CreateLatentStatistics(LatentStatisticsLayout layout) =>
        this.inner.CreateLatentStatistics(layout);

    /// <inheritdoc/>
    public PairStatistics CreatePairStatistics(PairLayout layout) => this.inner.CreatePairStatistics(layout);

    /// <inheritdoc/>
    public ReconstructionStatistics CreateReconstructionStatistics(int width) =>
        this.inner.CreateReconstructionStatistics(width);

    /// <inheritdoc/>
    public EncoderReport ReadEncoderReport() => this.inner.ReadEncoderReport();

    /// <inheritdoc/>
    public void Synchronize() => this.inner.Synchronize();

    /// <inheritdoc/>
    public void LoadBatch(in LoadBatchArguments arguments) =>
        Time(nameof(this.LoadBatch), arguments, this.inner.LoadBatch, OperationCosts.Of);

    /// <inheritdoc/>
    public void Center(in CenterArguments arguments) =>
        Time(nameof(this.Center), arguments, this.inner.Center, OperationCosts.Of);

    /// <inheritdoc/>
    public void EncodeTopK(in EncodeTopKArguments arguments) =>
        Time(nameof(this.EncodeTopK), arguments, this.inner.EncodeTopK, OperationCosts.Of);

    /// <inheritdoc/>
    public void EncodeGroupMax(in EncodeGroupMaxArguments arguments) =>
        Time(nameof(this.EncodeGroupMax), arguments, this.inner.EncodeGroupMax, OperationCosts.Of);

    /// <inheritdoc/>
    public void EncodeBatchTopK(in EncodeBatchTopKArguments arguments) =>
        Time(nameof(this.EncodeBatchTopK), arguments, this.inner.EncodeBatchTopK, OperationCosts.Of);

    /// <inheritdoc/>
    public void EncodeThreshold(in EncodeThresholdArguments arguments) =>
        Time(nameof(this.EncodeThreshold), arguments, this.inner.EncodeThreshold, OperationCosts.Of);

    /// <inheritdoc/>
    public void GateMagnitudes(in GateMagnitudesArguments arguments) =>
        Time(nameof(this.GateMagnitudes), arguments, this.inner.GateMagnitudes, OperationCosts.Of);

    /// <inheritdoc/>
    public void BuildLatentMajor(in BuildLatentMajorArguments arguments) =>
        Time(nameof(this.BuildLatentMajor), arguments, this.inner.BuildLatentMajor, OperationCosts.Of);

    /// <inheritdoc/>
    public void SparseDecode(in SparseDecodeArguments arguments) =>
        Time(nameof(this.SparseDecode), arguments, this.inner.SparseDecode, OperationCosts.Of);

    /// <inheritdoc/>
    public void DecodeResidual(in DecodeResidualArguments arguments) =>
        Time(nameof(this.DecodeResidual), arguments, this.inner.DecodeResidual, OperationCosts.Of);

    /// <inheritdoc/>
    public void PrefixResidual(in PrefixResidualArguments arguments) =>
        Time(nameof(this.PrefixResidual), arguments, this.inner.PrefixResidual, OperationCosts.Of);

    /// <inheritdoc/>
    public void LinearSum(in LinearSumArguments arguments) =>
        Time(nameof(this.LinearSum), arguments, this.inner.LinearSum, OperationCosts.Of);

    /// <inheritdoc/>
    public void LinearGradient(in LinearGradientArguments arguments) =>
        Time(nameof(this.LinearGradient), arguments, this.inner.LinearGradient, OperationCosts.Of);

    /// <inheritdoc/>
    public void ReluResidual(in ReluResidualArguments arguments) =>
        Time(nameof(this.ReluResidual), arguments, this.inner.ReluResidual, OperationCosts.Of);

    /// <inheritdoc/>
    public void AuxResidual(in AuxResidualArguments arguments) =>
        Time(nameof(this.AuxResidual), arguments, this.inner.AuxResidual, OperationCosts.Of);

    /// <inheritdoc/>
    public void LatentGradients(in LatentGradientsArguments arguments) =>
        Time(nameof(this.LatentGradients), arguments, this.inner.LatentGradients, OperationCosts.Of);

    /// <inheritdoc/>
    public void DecoderBiasGradient(in DecoderBiasGradientArguments arguments) =>
        Time(nameof(this.DecoderBiasGradient), arguments, this.inner.DecoderBiasGradient, OperationCosts.Of);

    /// <inheritdoc/>
    public void GradientNorm(in GradientNormArguments arguments) =>
        Time(nameof(this.GradientNorm), arguments, this.inner.GradientNorm, OperationCosts.Of);

    /// <inheritdoc/>
    public void AdaptPenalty(in AdaptPenaltyArguments arguments) =>
        Time(nameof(this.AdaptPenalty), arguments, this.inner.AdaptPenalty, OperationCosts.Of);

    /// <inheritdoc/>
    public void AdamUpdate(in AdamUpdateArguments arguments) =>
        Time(nameof(this.AdamUpdate), arguments, this.inner.AdamUpdate, OperationCosts.Of);

    /// <inheritdoc/>
    public void UpdateLatents(in UpdateLatentsArguments arguments) =>
        Time(nameof(this.UpdateLatents), arguments, this.inner.UpdateLatents, OperationCosts.Of);

    /// <inheritdoc/>
    public void NormalizeRows(in NormalizeRowsArguments arguments) =>
        Time(nameof(this.NormalizeRows), arguments, this.inner.NormalizeRows, OperationCosts.Of);

    /// <inheritdoc/>
    public void WeightedSum(in WeightedSumArguments arguments) =>
        Time(nameof(this.WeightedSum), arguments, this.inner.WeightedSum, OperationCosts.Of);

    /// <inheritdoc/>
    public void Orthogonalize(in OrthogonalizeArguments arguments) =>
        Time(nameof(this.Orthogonalize), arguments, this.inner.Orthogonalize, OperationCosts.Of);

    /// <inheritdoc/>
    public void UpdateFired(in UpdateFiredArguments arguments) =>
        Time(nameof(this.UpdateFired), arguments, this.inner.UpdateFired, OperationCosts.Of);

    /// <inheritdoc/>
    public void AccumulateLatents(in AccumulateLatentsArguments arguments) =>
        Time(nameof(this.AccumulateLatents), arguments, this.inner.AccumulateLatents, OperationCosts.Of);

    /// <inheritdoc/>
    public void AccumulateReconstruction(in AccumulateReconstructionArguments arguments) =>
        Time(nameof(this.AccumulateReconstruction), arguments, this.inner.AccumulateReconstruction, OperationCosts.Of);

    /// <inheritdoc/>
    public void AccumulatePairs(in AccumulatePairsArguments arguments) =>
        Time(nameof(this.AccumulatePairs), arguments, this.inner.AccumulatePairs, OperationCosts.Of);

    /// <inheritdoc/>
    public void AccumulateBins(in AccumulateBinsArguments arguments) =>
        Time(nameof(this.AccumulateBins), arguments, this.inner.AccumulateBins, OperationCosts.Of);

    /// <inheritdoc/>
    public void AccumulateHistogram(in AccumulateHistogramArguments arguments) =>
        Time(nameof(this.AccumulateHistogram), arguments, this.inner.AccumulateHistogram, OperationCosts.Of);

    /// <summary>Frees what was noted; the backend that computes stays.</summary>
    public void Dispose()
    {
        this.runs.ForEach(run =>
        {
            run.Begin.Dispose();
            run.End.Dispose();
        });
        this.runs.Clear();
        this.begin?.Dispose();
    }

    private void Time<T>(string name, in T arguments, Operation<T> operation, Counter<T> count)
        where T : struct
    {
        if (this.begin is null)
        {
            operation(arguments);
            return;
        }

        long hostBefore = Stopwatch.GetTimestamp();
        DeviceMark before = this.device.Mark();
        operation(arguments);
        DeviceMark after = this.device.Mark();
        T kept = arguments;
        this.runs.Add(new Run(name, () => count(kept), before, after, hostBefore, Stopwatch.GetTimestamp()));
    }

    private delegate void Operation<T>(in T arguments)
        where T : struct;

    private delegate OperationCost Counter<T>(in T arguments)
        where T : struct;

    private sealed record Run(
        string Name, Func<OperationCost> Cost, DeviceMark Begin, DeviceMark End, long HostBegin, long HostEnd);
}
