using System.Numerics;
using System.Runtime.CompilerServices;

namespace SaeKernels.Cpu;

/// <summary>The sums over elements of one vector that reconstruction figures need, in float64.</summary>
internal readonly struct VectorSums
{
    /// <summary>‖x − x̂‖².</summary>
    public double SquaredError { get; private init; }

    /// <summary>‖x‖².</summary>
    public double SquaredActivation { get; private init; }

    /// <summary>‖x̂‖².</summary>
    public double SquaredReconstruction { get; private init; }

    /// <summary>⟨x, x̂⟩.</summary>
    public double Product { get; private init; }

    /// <summary>What the vector adds to Σ‖x − x̄‖².</summary>
    public double Variation { get; private init; }

    /// <summary>The sums over the elements of both.</summary>
    public static VectorSums operator +(VectorSums left, VectorSums right) => new()
    {
        SquaredError = left.SquaredError + right.SquaredError,
        SquaredActivation = left.SquaredActivation + right.SquaredActivation,
        SquaredReconstruction = left.SquaredReconstruction + right.SquaredReconstruction,
        Product = left.Product + right.Product,
        Variation = left.Variation + right.Variation,
    };

    /// <summary>Computes the sums and takes the vector into the running mean (Welford 1962).</summary>
    /// <param name="x">The vector.</param>
    /// <param name="reconstruction">Its reconstruction.</param>
    /// <param name="shift">What the running mean is relative to.</param>
    /// <param name="mean">The running mean of x − shift; updated.</param>
    /// <param name="weight">One over the number of vectors, this one included.</param>
    // In the first tier of the JIT 100,000 vectors of width 128 take 0.26 s, here 0.01 s (2026-11-22).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static VectorSums Of(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> reconstruction,
        ReadOnlySpan<double> shift,
        Span<double> mean,
        double weight)
    {
        Lanes<Vector<double>> lanes = default;
        Vector<double> weights = new(weight);
        int d = 0;
        for (; d <= x.Length - Vector<float>.Count; d += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(x[d..]), out Vector<double> xLow, out Vector<double> xHigh);
            Vector.Widen(new Vector<float>(reconstruction[d..]), out Vector<double> low, out Vector<double> high);
            Accumulate(ref lanes, xLow, low, shift[d..], mean[d..], weights);
            int upper = d + Vector<double>.Count;
            Accumulate(ref lanes, xHigh, high, shift[upper..], mean[upper..], weights);
        }

        Lanes<double> rest = default;
        for (; d < x.Length; d++)
        {
            Accumulate(ref rest, x[d], reconstruction[d], shift[d], ref mean[d], weight);
        }

        return new VectorSums
        {
            SquaredError = Vector.Sum(lanes.SquaredError) + rest.SquaredError,
            SquaredActivation = Vector.Sum(lanes.SquaredActivation) + rest.SquaredActivation,
            SquaredReconstruction = Vector.Sum(lanes.SquaredReconstruction) + rest.SquaredReconstruction,
            Product = Vector.Sum(lanes.Product) + rest.Product,
            Variation = Vector.Sum(lanes.Variation) + rest.Variation,
        };
    }

    private static void Accumulate(
        ref Lanes<Vector<double>> sums,
        Vector<double> x,
        Vector<double> reconstruction,
        ReadOnlySpan<double> shift,
        Span<double> mean,
        Vector<double> weight)
    {
        Vector<double> error = x - reconstruction;
        Vector<double> oldMean = new(mean);
        Vector<double> shifted = x - new Vector<double>(shift);
        Vector<double> distance = shifted - oldMean;
        Vector<double> newMean = oldMean + (distance * weight);
        newMean.CopyTo(mean);
        sums.SquaredError += error * error;
        sums.SquaredActivation += x * x;
        sums.SquaredReconstruction += reconstruction * reconstruction;
        sums.Product += x * reconstruction;
        sums.Variation += distance * (shifted - newMean);
    }

    private static void Accumulate(
        ref Lanes<double> sums, double x, double reconstruction, double shift, ref double mean, double weight)
    {
        double error = x - reconstruction;
        double shifted = x - shift;
        double distance = shifted - mean;
        mean += distance * weight;
        sums.SquaredError += error * error;
        sums.SquaredActivation += x * x;
        sums.SquaredReconstruction += reconstruction * reconstruction;
        sums.Product += x * reconstruction;
        sums.Variation += distance * (shifted - mean);
    }

    private struct Lanes<T>
    {
        public T SquaredError;
        public T SquaredActivation;
        public T SquaredReconstruction;
        public T Product;
        public T Variation;
    }
}
