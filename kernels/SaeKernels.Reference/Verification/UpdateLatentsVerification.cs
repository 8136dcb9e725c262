using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.UpdateLatents"/>: the step starts from a gradient that has bounds itself, and
/// averages are taken of what it stored.
/// </summary>
internal static class UpdateLatentsVerification
{
    private const double Decay = 0.97;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        GradientCase plain = new(new(shape), shape, withAux: false, project: false);
        yield return Check(candidate, shape, plain, normalize: false, factor: null);
        GradientCase projected = new(new(shape), shape, withAux: false, project: true);
        yield return Check(candidate, shape, projected, normalize: true, factor: 0.3f, isAveraged: true);
        if (shape.AuxK > 0)
        {
            GradientCase withAux = new(new(shape), shape, withAux: true, project: true);
            yield return Check(candidate, shape, withAux, normalize: true, factor: null);
        }

        GradientCase other = new(new(shape), shape, withAux: false, project: true);
        OptimizerStep step = shape.AuxK > 0
            ? AdamUpdateVerification.SignumStep(37)
            : AdamUpdateVerification.StepNumber(37) with { WeightDecay = 0.1 };
        yield return Check(candidate, shape, other, normalize: true, factor: null, step);
        VerificationShape many = shape.ForManyCases;
        foreach (GradientCase inputs in GradientCases.OfEveryKind(many))
        {
            bool isAveraged = inputs.IsRelu || inputs.Gate is not null;
            yield return Check(
                candidate, many, inputs, normalize: inputs.Project, factor: null, isAveraged: isAveraged);
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate,
        VerificationShape shape,
        GradientCase inputs,
        bool normalize,
        float? factor,
        OptimizerStep? chosen = null,
        bool isAveraged = false)
    {
        OptimizerStep step = chosen ?? AdamUpdateVerification.StepNumber(37);
        Comparison comparison = new(
            nameof(IComputeBackend.UpdateLatents),
            shape,
            $"{AdamUpdateVerification.Describe(step)}, {inputs}{(normalize ? ", normalized" : "")}"
            + $"{(factor is null ? "" : ", clipped")}{(isAveraged ? ", averaged" : "")}");
        using Workbench bench = new(candidate, comparison);
        VerificationInputs moments = new(shape);
        AdamCase wEnc = new("WEnc", bench, moments, inputs.WEnc, step.Kind, isAveraged);
        AdamCase bEnc = new("BEnc", bench, moments, inputs.BEnc, step.Kind, isAveraged);
        AdamCase wDec = inputs.IsTied ? wEnc : new("WDec", bench, moments, inputs.WDec, step.Kind, isAveraged);
        WorkbenchBuffer<float> rowSquaredNorms = bench.Output("RowSquaredNorms", shape.DSae);
        WorkbenchBuffer<float> encoderPath = bench.Output("EncoderPath", shape.DIn);
        UpdateLatentsArguments arguments = new()
        {
            Inputs = inputs.Place(bench, bEnc.Parameters.Values),
            WEnc = wEnc.Parameters,
            BEnc = bEnc.Parameters,
            WDec = wDec.Parameters,
            Step = step,
            GradientFactor = factor is float f ? bench.Input("GradientFactor", [f]).Slot : null,
            NormalizeDecoder = normalize,
            RowSquaredNorms = rowSquaredNorms.Reals,
            EncoderPath = encoderPath.Reals,
            Averages = isAveraged
                ? new RowAverages { WEnc = wEnc.Average, BEnc = bEnc.Average, WDec = wDec.Average, Decay = Decay }
                : null,
        };
        bench.Run(() => candidate.UpdateLatents(arguments));
        BoundedGradients gradients = new(inputs, shape);
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            gradients.Visit(latent);
            comparison.Match("RowSquaredNorms", latent, rowSquaredNorms.Found[latent], gradients.SquaredNorm);
            if (inputs.Jump?.Gradients is WorkbenchBuffer<float> thresholds)
            {
                comparison.Match("Threshold.Gradients", latent, thresholds.Found[latent], gradients.Threshold);
            }

            if (inputs.Inactive?.Sums is WorkbenchBuffer<float> inactive)
            {
                comparison.Match("Inactive.Sums", latent, inactive.Found[latent], gradients.InactiveSum);
            }

            GateCase.Compare(comparison, inputs.Gate, latent, gradients);
            if (inputs.PenaltySums is WorkbenchBuffer<float> sums)
            {
                comparison.Match("Penalty.Sums", latent, sums.Found[latent], gradients.PenaltySum);
            }

            if (!inputs.IsTied)
            {
                CompareRow(comparison, arguments.Step, wEnc, latent, gradients.WEnc, factor, normalize: false);
            }

            OptimizerStep biasStep = step with { WeightDecay = 0 };
            CompareRow(comparison, biasStep, bEnc, latent, [gradients.BEnc], factor, normalize: false);
            CompareRow(comparison, arguments.Step, wDec, latent, gradients.WDec, factor, normalize);
        }

        for (int d = 0; d < shape.DIn; d++)
        {
            comparison.Match("EncoderPath", d, encoderPath.Found[d], gradients.EncoderPath(d));
        }

        return comparison.Result();
    }

    private static void CompareRow(
        Comparison comparison,
        in OptimizerStep step,
        AdamCase parameters,
        int latent,
        ReadOnlySpan<Bounded> gradients,
        float? factor,
        bool normalize)
    {
        Bounded[] expected = new Bounded[gradients.Length];
        for (int d = 0; d < expected.Length; d++)
        {
            Bounded gradient = factor is float f ? Bounded.Exact(f) * gradients[d] : gradients[d];
            expected[d] = parameters.CompareMoments(comparison, step, (latent * expected.Length) + d, gradient);
        }

        if (normalize)
        {
            NormalizeRowsVerification.Normalize(expected);
        }

        for (int d = 0; d < expected.Length; d++)
        {
            parameters.CompareValue(comparison, (latent * expected.Length) + d, expected[d]);
            parameters.CompareAverage(comparison, Decay, (latent * expected.Length) + d);
        }
    }
}
