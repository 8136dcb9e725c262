using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Cpu;

/// <summary>Sums over vectors and their reconstructions, in float64.</summary>
internal sealed unsafe class CpuReconstructionStatistics : ReconstructionStatistics
{
    private readonly NativeMemoryBlock<double> shift;
    private readonly NativeMemoryBlock<double> mean;
    private ReconstructionSums sums;
    private CompensatedSum variation;

    public CpuReconstructionStatistics(int width, MemoryLedger ledger)
        : base(width)
    {
        this.shift = new NativeMemoryBlock<double>(width, ledger);
        this.mean = new NativeMemoryBlock<double>(width, ledger);
    }

    /// <summary>The vectors so far.</summary>
    public long Vectors => this.sums.Vectors;

    /// <summary>What the running mean is relative to: the first vector.</summary>
    public double* Shift => this.shift.Elements;

    /// <summary>The running mean.</summary>
    public double* Mean => this.mean.Elements;

    public void Add(in VectorSums vector)
    {
        this.variation.Add(vector.Variation);
        this.sums.AddVector(
            vector.SquaredError, vector.SquaredActivation, vector.SquaredReconstruction, vector.Product);
    }

    public override ReconstructionSnapshot Read() => new()
    {
        Sums = this.sums,
        Variation = this.variation,
        Shift = this.shift.AsSpan(0, this.Width).ToArray(),
        Mean = this.mean.AsSpan(0, this.Width).ToArray(),
    };

    protected override void Dispose(bool disposing)
    {
        this.shift.Dispose();
        this.mean.Dispose();
    }
}
