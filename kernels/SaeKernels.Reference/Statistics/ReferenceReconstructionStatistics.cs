using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>Sums over vectors and their reconstructions in the host's memory.</summary>
internal sealed class ReferenceReconstructionStatistics(int width) : ReconstructionStatistics(width)
{
    private readonly double[] shift = new double[width];
    private readonly double[] mean = new double[width];
    private ReconstructionSums sums;
    private CompensatedSum variation;

    /// <summary>Adds a vector; the mean and the variation as it goes (Welford 1962).</summary>
    public void Add(ReadOnlySpan<double> target, ReadOnlySpan<double> reconstruction)
    {
        if (this.sums.Vectors == 0)
        {
            target.CopyTo(this.shift);
        }

        double weight = 1.0 / (this.sums.Vectors + 1);
        double squaredError = 0;
        double squaredTarget = 0;
        double squaredReconstruction = 0;
        double product = 0;
        for (int d = 0; d < target.Length; d++)
        {
            double error = target[d] - reconstruction[d];
            squaredError += error * error;
            squaredTarget += target[d] * target[d];
            squaredReconstruction += reconstruction[d] * reconstruction[d];
            product += target[d] * reconstruction[d];
            double shifted = target[d] - this.shift[d];
            double distance = shifted - this.mean[d];
            this.mean[d] += distance * weight;
            this.variation.Add(distance * (shifted - this.mean[d]));
        }

        this.sums.AddVector(squaredError, squaredTarget, squaredReconstruction, product);
    }

    public override ReconstructionSnapshot Read() => new()
    {
        Sums = this.sums,
        Variation = this.variation,
        Shift = [.. this.shift],
        Mean = [.. this.mean],
    };

    protected override void Dispose(bool disposing)
    {
    }
}
