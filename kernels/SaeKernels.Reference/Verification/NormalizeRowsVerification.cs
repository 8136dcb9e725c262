using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.NormalizeRows"/>; every third row is zero.</summary>
internal static class NormalizeRowsVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        VerificationInputs inputs = new(shape);
        float[] values = inputs.Reals((long)shape.DSae * shape.DOut);
        for (int row = 2; row < shape.DSae; row += 3)
        {
            values.AsSpan(row * shape.DOut, shape.DOut).Clear();
        }

        Comparison comparison = new(nameof(IComputeBackend.NormalizeRows), shape);
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> matrix = bench.InOut("Matrix", values);
        NormalizeRowsArguments arguments = new() { Matrix = matrix.Matrix(shape.DSae, shape.DOut) };
        bench.Run(() => candidate.NormalizeRows(arguments));
        Bounded[] expected = new Bounded[shape.DOut];
        for (int row = 0; row < shape.DSae; row++)
        {
            for (int d = 0; d < shape.DOut; d++)
            {
                expected[d] = Bounded.Exact(values[(row * shape.DOut) + d]);
            }

            Normalize(expected);
            for (int d = 0; d < shape.DOut; d++)
            {
                comparison.Near("Matrix", (row * shape.DOut) + d, matrix.Found[(row * shape.DOut) + d], expected[d]);
            }
        }

        yield return comparison.Result();
    }

    /// <summary>Scales a row to unit length; a row of zeros stays.</summary>
    public static void Normalize(Bounded[] row)
    {
        BoundedSum squares = default;
        foreach (Bounded value in row)
        {
            squares.Add(value.Square());
        }

        if (squares.Total.Magnitude == 0)
        {
            return;
        }

        // Division, or multiplication by a rounded reciprocal, which rounds once more.
        Bounded inverse = Bounded.Exact(1) / squares.Total.Sqrt();
        for (int d = 0; d < row.Length; d++)
        {
            row[d] *= inverse;
        }
    }
}
