using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.LatentGradients"/>, with and without stored matrices.</summary>
internal static class LatentGradientsVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        foreach ((bool withAux, bool project) in GradientCase.Variants(shape))
        {
            yield return Check(candidate, shape, new GradientCase(new(shape), shape, withAux, project), stored: true);
        }

        yield return Check(
            candidate, shape, new GradientCase(new(shape), shape, withAux: false, project: true), stored: false);
        VerificationShape many = shape.ForManyCases;
        foreach (GradientCase inputs in GradientCases.OfEveryKind(many))
        {
            yield return Check(candidate, many, inputs, stored: true);
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, GradientCase inputs, bool stored)
    {
        Comparison comparison = new(
            nameof(IComputeBackend.LatentGradients), shape, stored ? $"{inputs}" : $"{inputs}, norms only");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> gradWEnc = bench.Output("GradWEnc", stored ? inputs.WEnc.Length : 0);
        WorkbenchBuffer<float> gradWDec = bench.Output("GradWDec", stored ? inputs.WDec.Length : 0);
        WorkbenchBuffer<float> gradBEnc = bench.Output("GradBEnc", shape.DSae);
        WorkbenchBuffer<float> rowSquaredNorms = bench.Output("RowSquaredNorms", shape.DSae);
        WorkbenchBuffer<float> encoderPath = bench.Output("EncoderPath", shape.DIn);
        RealMatrix wEnc = bench.Input("WEnc", inputs.WEnc).Matrix(shape.DSae, shape.DIn);
        LatentGradientsArguments arguments = new()
        {
            Inputs = inputs.Place(bench),
            WEnc = wEnc,
            WDec = inputs.IsTied ? wEnc : bench.Input("WDec", inputs.WDec).Matrix(shape.DSae, shape.DOut),
            GradWEnc = stored ? gradWEnc.Matrix(shape.DSae, shape.DIn) : null,
            GradWDec = stored ? gradWDec.Matrix(shape.DSae, shape.DOut) : null,
            GradBEnc = gradBEnc.Reals,
            RowSquaredNorms = rowSquaredNorms.Reals,
            EncoderPath = encoderPath.Reals,
        };
        bench.Run(() => candidate.LatentGradients(arguments));
        BoundedGradients expected = new(inputs, shape);
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            expected.Visit(latent);
            comparison.Match("GradBEnc", latent, gradBEnc.Found[latent], expected.BEnc);
            comparison.Match("RowSquaredNorms", latent, rowSquaredNorms.Found[latent], expected.SquaredNorm);
            if (inputs.Jump?.Gradients is WorkbenchBuffer<float> thresholds)
            {
                comparison.Match("Threshold.Gradients", latent, thresholds.Found[latent], expected.Threshold);
            }

            if (inputs.Inactive?.Sums is WorkbenchBuffer<float> inactive)
            {
                comparison.Match("Inactive.Sums", latent, inactive.Found[latent], expected.InactiveSum);
            }

            GateCase.Compare(comparison, inputs.Gate, latent, expected);
            if (inputs.PenaltySums is WorkbenchBuffer<float> sums)
            {
                comparison.Match("Penalty.Sums", latent, sums.Found[latent], expected.PenaltySum);
            }

            if (stored)
            {
                CompareRow("GradWEnc", comparison, latent, gradWEnc.Found, expected.WEnc);
                CompareRow("GradWDec", comparison, latent, gradWDec.Found, expected.WDec);
            }
        }

        for (int d = 0; d < shape.DIn; d++)
        {
            comparison.Match("EncoderPath", d, encoderPath.Found[d], expected.EncoderPath(d));
        }

        return comparison.Result();
    }

    private static void CompareRow(
        string output, Comparison comparison, int latent, ReadOnlySpan<float> found, Bounded[] expected)
    {
        for (int d = 0; d < expected.Length; d++)
        {
            int index = (latent * expected.Length) + d;
            comparison.Match(output, index, found[index], expected[d]);
        }
    }
}
