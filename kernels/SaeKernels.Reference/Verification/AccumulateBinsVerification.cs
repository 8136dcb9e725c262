using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AccumulateBins"/>: counts, middles and places of bins, exactly, with both
/// kinds of bins, and with and without groups of rows.
/// </summary>
internal static class AccumulateBinsVerification
{
    // The next entry of such a bin carries into the upper 32 bits.
    private const long Before = (1L << 33) - 1;
    private const int Groups = 3;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, isFine: true, groups: 1, hasMiddles: false);
        yield return Check(candidate, shape, isFine: true, Groups, hasMiddles: false);
        yield return Check(candidate, shape, isFine: false, Groups, hasMiddles: false);
        yield return Check(candidate, shape, isFine: false, groups: 1, hasMiddles: true);
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, bool isFine, int groups, bool hasMiddles)
    {
        string variant = $"{(isFine ? "fine" : "even")} bins, {groups} groups";
        Comparison comparison = new(nameof(IComputeBackend.AccumulateBins), shape, variant);
        using Workbench bench = new(candidate, comparison);
        HostCodes codes = WithOddities(new VerificationInputs(shape).Codes(
            shape.Batch, shape.DSae, shape.K, rowsVary: groups > 1));
        Layout layout = Layout.Of(shape.DSae, isFine);
        int[] rowGroups = [.. Enumerable.Range(0, shape.Batch).Select(row => row * 2 % groups)];
        long[] before = [.. Enumerable.Range(0, groups * layout.Bins).Select(place => Before - (place % 2))];
        WorkbenchBuffer<long> counts = bench.Longs("Counts", before);
        SparseCodes placed = bench.Codes("Codes", codes);
        WorkbenchBuffer<float>? middles = hasMiddles ? bench.Output("Middles", codes.Values.Length) : null;
        WorkbenchBuffer<int>? places =
            hasMiddles ? bench.Ints("Places", new int[codes.Values.Length], isConstant: false) : null;
        AccumulateBinsArguments arguments = new()
        {
            Rows = shape.Batch,
            Latents = shape.DSae,
            Codes = placed,
            Bins = layout.Bins,
            Even = isFine ? null : new EvenLatentBins(
                bench.Ints("Offsets", layout.Offsets, isConstant: true).Ints,
                bench.Input("Scales", layout.Scales).Reals,
                bench.Input("Widths", layout.Widths).Reals),
            Blocks = isFine ? bench.Ints("Blocks", layout.Blocks, isConstant: true).Ints : null,
            Groups = groups,
            RowGroups = groups > 1 ? bench.Ints("RowGroups", rowGroups, isConstant: true).Ints : null,
            Counts = counts.Longs,
            Middles = middles?.Reals,
            Places = places?.Ints,
        };
        bench.Run(() => candidate.AccumulateBins(arguments));
        (long[] expected, float[] expectedMiddles, int[] expectedPlaces) = Expected(codes, layout, rowGroups, before);
        for (int place = 0; place < expected.Length; place++)
        {
            comparison.Equal("Counts", place, counts.Found[place], expected[place]);
        }

        for (int entry = 0; entry < (middles is null ? 0 : expectedMiddles.Length); entry++)
        {
            comparison.Equal("Middles", entry, middles!.Found[entry], expectedMiddles[entry]);
            comparison.Equal("Places", entry, places!.Found[entry], expectedPlaces[entry]);
        }

        return comparison.Result();
    }

    /// <summary>Puts what is on an edge, far off, or on no scale at all in place of the first activations.</summary>
    private static HostCodes WithOddities(HostCodes codes)
    {
        float[] odd =
        [
            1, MathF.BitDecrement(1), 2, float.Epsilon, float.MaxValue, float.PositiveInfinity, float.NaN, -float.NaN,
        ];
        float[] values = [.. codes.Values];
        int step = Math.Max(1, values.Length / odd.Length);
        for (int i = 0; i < odd.Length && i * step < values.Length; i++)
        {
            values[i * step] = odd[i];
        }

        return codes with { Values = values };
    }

    private static (long[] Counts, float[] Middles, int[] Places) Expected(
        HostCodes codes, Layout layout, int[] rowGroups, long[] before)
    {
        long[] counts = [.. before];
        float[] middles = new float[codes.Values.Length];
        int[] places = new int[codes.Values.Length];
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int entry = codes.RowOffsets[row]; entry < codes.RowOffsets[row + 1]; entry++)
            {
                (int bin, float middle) = layout.Find(codes.Indices[entry], codes.Values[entry]);
                places[entry] = bin < 0 ? layout.Offsets[codes.Indices[entry]] : bin;
                if (bin >= 0)
                {
                    counts[(rowGroups[row] * layout.Bins) + bin]++;
                    middles[entry] = middle;
                }
            }
        }

        return (counts, middles, places);
    }

    /// <summary>
    /// Bins that differ from latent to latent in number, width and place, and do not hold every value.
    /// </summary>
    private sealed record Layout(int Bins, int[] Offsets, float[] Scales, float[] Widths, int[] Blocks)
    {
        public static Layout Of(int latents, bool isFine)
        {
            int[] blocks = BlocksOf(latents);
            int[] offsets = new int[latents + 1];
            for (int latent = 0; latent < latents; latent++)
            {
                offsets[latent + 1] = offsets[latent] + 1 + (latent % 7 * 3);
            }

            EvenBins[] even =
            [
                .. Enumerable.Range(0, latents).Select(latent => new EvenBins(
                    0, 0.7f + (0.3f * (latent % 5)), offsets[latent + 1] - offsets[latent])),
            ];
            return new Layout(
                isFine ? (blocks.Max() + 1) * FineBins.PerOctave : offsets[^1],
                offsets,
                Array.ConvertAll(even, one => one.Scale),
                Array.ConvertAll(even, one => one.High / one.Count),
                isFine ? blocks : []);
        }

        public (int Bin, float Middle) Find(int latent, float value)
        {
            if (value == 0)
            {
                return (-1, 0);
            }

            int first = this.Offsets[latent];
            int last = this.Offsets[latent + 1] - first - 1;
            float place = value * this.Scales[latent];
            int even = place <= last ? (int)place : last;
            (int octave, int fine) = Math.DivRem(FineBins.IndexOf(value), FineBins.PerOctave);
            int block = this.Blocks.Length == 0 ? -1 : this.Blocks[(latent * FineBins.Octaves) + octave];
            return this.Blocks.Length == 0 ? (first + even, (even + 0.5f) * this.Widths[latent])
                : block < 0 ? (-1, 0) : ((block * FineBins.PerOctave) + fine, 0);
        }

        // From ¼ to 2 all latents have bins, elsewhere only some.
        private static int[] BlocksOf(int latents)
        {
            int first = FineBins.IndexOf(0.25f) / FineBins.PerOctave;
            int next = 0;
            return
            [
                .. Enumerable.Range(0, latents * FineBins.Octaves).Select(place =>
                    (place % FineBins.Octaves) - first is >= 0 and < 3 || place % 173 == 0 ? next++ : -1),
            ];
        }
    }
}
