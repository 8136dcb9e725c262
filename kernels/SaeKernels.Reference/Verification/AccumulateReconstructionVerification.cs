using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AccumulateReconstruction"/> over two batches, whole rows and some columns:
/// counts exactly, sums within n · 2⁻⁴⁶ of the sum of the sizes of their terms, which pairs of float32 reach (Joldes et
/// al. 2017, theorem 2.2).
/// </summary>
/// <remarks>
/// A variation is one sum of squares less another, and a mean a sum around another mean: none of their terms is larger
/// than the sum of squares, or of sizes, around 0, which their margins are of.
/// </remarks>
internal static class AccumulateReconstructionVerification
{
    private const double PairRoundoff = 1.0 / (1L << 46);
    private const int OtherColumns = 3;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, firstColumn: 0, shape.DIn);
        yield return Check(candidate, shape, firstColumn: OtherColumns - 1, shape.DIn + OtherColumns);
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, int firstColumn, int columns)
    {
        Comparison comparison = new(
            nameof(IComputeBackend.AccumulateReconstruction), shape, $"two batches, columns from {firstColumn} on");
        using Workbench bench = new(candidate, comparison);
        VerificationInputs inputs = new(shape);
        List<(float[] Target, float[] Reconstruction)> vectors = [];
        List<(RealMatrix Targets, RealMatrix Reconstructions)> batches = [];
        for (int batch = 0; batch < 2; batch++)
        {
            float[] targets = inputs.Reals((long)shape.Batch * columns);
            float[] reconstructions = inputs.Reals((long)shape.Batch * columns);
            // A vector without a direction, and one whose reconstruction has none.
            targets.AsSpan(0, Math.Min(columns, targets.Length)).Clear();
            reconstructions.AsSpan(Math.Max(0, reconstructions.Length - columns)).Clear();
            batches.Add((
                new RealMatrix(bench.Input("Targets", targets).Reals, shape.Batch, columns),
                new RealMatrix(bench.Input("Reconstruction", reconstructions).Reals, shape.Batch, columns)));
            vectors.AddRange(targets.Chunk(columns).Zip(reconstructions.Chunk(columns), (target, reconstruction) =>
                (target[firstColumn..(firstColumn + shape.DIn)],
                    reconstruction[firstColumn..(firstColumn + shape.DIn)])));
        }

        List<ReconstructionSnapshot> snapshots = [];
        bench.Run(() => snapshots.Add(Accumulate(candidate, shape.DIn, firstColumn, batches)));
        if (!Numbers(snapshots[0]).SequenceEqual(Numbers(snapshots[1])))
        {
            comparison.Fail("Sums: two runs must give the same bits, but gave different ones.");
        }

        CompareSums(comparison, shape.DIn, snapshots[1].Sums, vectors);
        if (vectors.Count > 0)
        {
            CompareMeans(comparison, shape.DIn, snapshots[1], [.. vectors.Select(vector => vector.Target)]);
        }

        return comparison.Result();
    }

    private static ReconstructionSnapshot Accumulate(
        IComputeBackend candidate,
        int width,
        int firstColumn,
        List<(RealMatrix Targets, RealMatrix Reconstructions)> batches)
    {
        using ReconstructionStatistics statistics = candidate.CreateReconstructionStatistics(width);
        foreach ((RealMatrix targets, RealMatrix reconstructions) in batches)
        {
            candidate.AccumulateReconstruction(new AccumulateReconstructionArguments
            {
                Targets = targets,
                Reconstruction = reconstructions,
                FirstColumn = firstColumn,
                Statistics = statistics,
            });
        }

        return statistics.Read();
    }

    private static IEnumerable<double> Numbers(ReconstructionSnapshot found) =>
    [
        found.Sums.SquaredErrors, found.Sums.SquaredReconstructions, found.Sums.Products, found.Sums.Cosines,
        found.Sums.LengthRatios, found.Variation.Value, .. found.Shift, .. found.Mean,
    ];

    private static void CompareSums(
        Comparison comparison,
        int width,
        ReconstructionSums found,
        List<(float[] Target, float[] Reconstruction)> vectors)
    {
        double roundoff = (width + 4) * PairRoundoff;
        double squaredErrors = 0;
        double squaredReconstructions = 0;
        double products = 0;
        double sizes = 0;
        double cosines = 0;
        double ratios = 0;
        int nonZero = 0;
        foreach ((float[] target, float[] reconstruction) in vectors)
        {
            double squaredTarget = target.Sum(value => (double)value * value);
            double squaredReconstruction = reconstruction.Sum(value => (double)value * value);
            double product = target.Zip(reconstruction, (one, other) => (double)one * other).Sum();
            squaredErrors += target.Zip(reconstruction, (one, other) => ((double)one - other) * ((double)one - other))
                .Sum();
            squaredReconstructions += squaredReconstruction;
            products += product;
            sizes += target.Zip(reconstruction, (one, other) => Math.Abs((double)one * other)).Sum();
            nonZero += squaredTarget > 0 ? 1 : 0;
            cosines += squaredTarget * squaredReconstruction > 0
                ? product / Math.Sqrt(squaredTarget * squaredReconstruction) : 0;
            ratios += squaredTarget > 0 ? Math.Sqrt(squaredReconstruction / squaredTarget) : 0;
        }

        comparison.Equal("Vectors", 0, found.Vectors, vectors.Count);
        comparison.Equal("NonZeroVectors", 0, found.NonZeroVectors, nonZero);
        Near(comparison, "SquaredErrors", 0, found.SquaredErrors, squaredErrors, roundoff * squaredErrors);
        Near(
            comparison,
            "SquaredReconstructions",
            0,
            found.SquaredReconstructions,
            squaredReconstructions,
            roundoff * squaredReconstructions);
        Near(comparison, "Products", 0, found.Products, products, roundoff * sizes);
        // Σ|y·ŷ| ≤ ‖y‖·‖ŷ‖, and half the error of each square goes into a length.
        Near(comparison, "Cosines", 0, found.Cosines, cosines, 2 * roundoff * vectors.Count);
        Near(comparison, "LengthRatios", 0, found.LengthRatios, ratios, roundoff * ratios);
    }

    private static void CompareMeans(
        Comparison comparison, int width, ReconstructionSnapshot found, float[][] targets)
    {
        double roundoff = (targets.Length + 4) * PairRoundoff;
        double variation = 0;
        double squares = 0;
        for (int d = 0; d < width; d++)
        {
            double mean = targets.Average(target => (double)target[d]);
            variation += targets.Sum(target => (target[d] - mean) * (target[d] - mean));
            squares += targets.Sum(target => (double)target[d] * target[d]);
            double size = targets.Average(target => (double)Math.Abs(target[d]));
            Near(comparison, "Mean", d, found.Shift[d] + found.Mean[d], mean, roundoff * size);
        }

        Near(comparison, "Variation", 0, found.Variation.Value, variation, roundoff * squares);
    }

    private static void Near(
        Comparison comparison, string output, int index, double found, double expected, double margin) =>
        comparison.Near(output, index, found, new Bounded(expected, expected - margin, expected + margin));
}
