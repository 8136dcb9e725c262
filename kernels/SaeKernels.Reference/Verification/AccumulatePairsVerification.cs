using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AccumulatePairs"/> over two batches, for all latents and for some: sums within
/// n · 2⁻⁴⁶ of the sum of their n terms, which pairs of float32 reach (Joldes et al. 2017, theorem 2.2).
/// </summary>
internal static class AccumulatePairsVerification
{
    private const double PairRoundoff = 1.0 / (1L << 46);

    // Of the largest shape a part, since all of its pairs would take a gigabyte.
    private const int MostLatents = 200;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        int all = Math.Min(shape.DSae, MostLatents);
        yield return Check(candidate, shape, new PairLayout(shape.DSae, 0, all, shape.DSae));
        yield return Check(candidate, shape, new PairLayout(shape.DSae, shape.DSae / 3, (all + 1) / 2, shape.DSae));
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, PairLayout layout)
    {
        Comparison comparison = new(
            nameof(IComputeBackend.AccumulatePairs), shape, $"two batches, {layout.Count} latents from {layout.From}");
        using Workbench bench = new(candidate, comparison);
        VerificationInputs inputs = new(shape);
        (HostCodes First, HostCodes Other)[] batches =
        [
            (Codes(rowsVary: false), Codes(rowsVary: true)),
            (Codes(rowsVary: true), Codes(rowsVary: true)),
        ];
        (SparseCodes First, SparseCodes Other)[] placed =
        [
            .. batches.Select(codes => (bench.Codes("Codes", codes.First), bench.Codes("OtherCodes", codes.Other))),
        ];
        List<PairSnapshot> snapshots = [];
        bench.Run(() => snapshots.Add(Accumulate(candidate, shape, layout, placed)));
        if (!Numbers(snapshots[0]).SequenceEqual(Numbers(snapshots[1])))
        {
            comparison.Fail("Sums: two runs must give the same bits, but gave different ones.");
        }

        Compare(comparison, layout, snapshots[1], batches);
        return comparison.Result();

        HostCodes Codes(bool rowsVary) => inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary);
    }

    private static PairSnapshot Accumulate(
        IComputeBackend candidate,
        VerificationShape shape,
        PairLayout layout,
        (SparseCodes First, SparseCodes Other)[] batches)
    {
        using PairStatistics statistics = candidate.CreatePairStatistics(layout);
        foreach ((SparseCodes first, SparseCodes other) in batches)
        {
            candidate.AccumulatePairs(new AccumulatePairsArguments
            {
                Rows = shape.Batch,
                Codes = first,
                OtherCodes = other,
                Statistics = statistics,
            });
        }

        return statistics.Read(0, layout.Count);
    }

    private static IEnumerable<double> Numbers(PairSnapshot found) =>
        found.Products.Concat(found.Squares).Concat(found.OtherSquares).SelectMany(row => row);

    private static void Compare(
        Comparison comparison,
        PairLayout layout,
        PairSnapshot found,
        (HostCodes First, HostCodes Other)[] batches)
    {
        PairSnapshot expected = new(layout.Count, layout.Others);
        int[] terms = new int[layout.Pairs];
        foreach ((HostCodes first, HostCodes other) in batches)
        {
            for (int row = 0; row < first.Rows; row++)
            {
                AddRow(expected, terms, layout, Active(first, row), Active(other, row));
            }
        }

        for (int place = 0; place < layout.Count; place++)
        {
            for (int other = 0; other < layout.Others; other++)
            {
                int pair = (place * layout.Others) + other;
                Near("Products", found.Products, expected.Products);
                Near("Squares", found.Squares, expected.Squares);
                Near("OtherSquares", found.OtherSquares, expected.OtherSquares);

                // Terms are not negative.
                void Near(string output, IReadOnlyList<double[]> sums, IReadOnlyList<double[]> right)
                {
                    double sum = right[place][other];
                    double margin = (terms[pair] + 1) * PairRoundoff * sum;
                    comparison.Match(output, pair, sums[place][other], new Bounded(sum, sum - margin, sum + margin));
                }
            }
        }
    }

    private static void AddRow(
        PairSnapshot sums,
        int[] terms,
        PairLayout layout,
        (int Latent, double Value)[] first,
        (int Latent, double Value)[] others)
    {
        foreach ((int latent, double x) in first)
        {
            int place = latent - layout.From;
            foreach ((int other, double y) in place >= 0 && place < layout.Count ? others : [])
            {
                sums.Products[place][other] += x * y;
                sums.Squares[place][other] += x * x;
                sums.OtherSquares[place][other] += y * y;
                terms[(place * layout.Others) + other]++;
            }
        }
    }

    private static (int Latent, double Value)[] Active(HostCodes codes, int row) =>
    [
        .. Enumerable.Range(codes.RowOffsets[row], codes.RowOffsets[row + 1] - codes.RowOffsets[row])
            .Where(entry => codes.Values[entry] != 0)
            .Select(entry => (codes.Indices[entry], (double)codes.Values[entry])),
    ];
}
