namespace SaeKernels.Reference;

/// <summary>Gradients with each option that there is.</summary>
internal static class GradientCases
{
    /// <summary>Cases of every option there is, which are many; none for a shape that is not small.</summary>
    public static IEnumerable<GradientCase> OfEveryKind(VerificationShape shape) => shape.IsSmall
        ? WithPenalty(shape)
            .Concat(WithPrefixes(shape))
            .Concat(WithInactive(shape))
            .Concat(WithTies(shape))
            .Concat(WithGate(shape))
        : [];

    /// <summary>Cases in which entries are not listed, or cost something.</summary>
    private static IEnumerable<GradientCase> WithPenalty(VerificationShape shape)
    {
        yield return new GradientCase(new(shape), shape, shape.AuxK > 0, project: true) { Penalty = PenaltyKind.Plain };
        yield return new GradientCase(new(shape), shape, withAux: false, project: true, isRelu: true);
        yield return new GradientCase(new(shape), shape, withAux: false, project: true, isRelu: true)
        {
            Penalty = PenaltyKind.Plain,
            PenaltyFactor = shape.Integers ? 2 : 0.83f,
            IsDecided = true,
        };
        yield return new GradientCase(new(shape), shape, withAux: false, project: true) { IsDecided = true };
        yield return new GradientCase(new(shape), shape, withAux: false, project: true, jump: new(shape));
        yield return new GradientCase(new(shape), shape, withAux: false, project: true, isRelu: true, jump: new(shape))
        {
            IsDecided = true,
        };
        PenaltyKind[] inexact =
            [PenaltyKind.ByDecoderNorm, PenaltyKind.Power, PenaltyKind.BySites, PenaltyKind.TanhBySites];
        foreach (PenaltyKind penalty in shape.Integers ? [] : inexact)
        {
            // Rows are of unit length where latents do not pay by it.
            bool project = penalty == PenaltyKind.Power;
            yield return new GradientCase(new(shape), shape, withAux: false, project) { Penalty = penalty };
            yield return new GradientCase(new(shape), shape, withAux: false, project, isRelu: true)
            {
                Penalty = penalty,
                PenaltyFactor = 0.83f,
            };
        }
    }

    /// <summary>Cases in which groups of latents read residuals of their own.</summary>
    private static IEnumerable<GradientCase> WithPrefixes(VerificationShape shape)
    {
        int[] ends = PrefixResidualVerification.EndsOf(shape.DSae);
        yield return new GradientCase(new(shape), shape, shape.AuxK > 0, project: true, prefixEnds: ends);
        yield return new GradientCase(new(shape), shape, withAux: false, project: false, prefixEnds: ends)
        {
            Penalty = PenaltyKind.Plain,
        };
        yield return new GradientCase(new(shape), shape, withAux: false, project: false, prefixEnds: ends)
        {
            Penalty = shape.Integers ? PenaltyKind.Plain : PenaltyKind.ByDecoderNorm,
            PaysPerPrefix = true,
        };
    }

    /// <summary>Cases in which the estimator's gradient reaches pre-activations, and those not active cost.</summary>
    private static IEnumerable<GradientCase> WithInactive(VerificationShape shape)
    {
        foreach (bool isRelu in (bool[])[false, true])
        {
            bool byNorm = !shape.Integers;
            yield return new GradientCase(
                new(shape), shape, withAux: false, project: !byNorm, isRelu, jump: new(shape) { FlowsToInput = true })
            {
                Penalty = byNorm ? PenaltyKind.Tanh : PenaltyKind.None,
                Inactive = new InactiveCase(shape, byNorm, masked: shape.Integers),
            };
        }
    }

    /// <summary>Cases in which both matrices are one; none where their widths differ.</summary>
    private static IEnumerable<GradientCase> WithTies(VerificationShape shape)
    {
        if (shape.DIn != shape.DOut)
        {
            yield break;
        }

        yield return new GradientCase(new(shape), shape, shape.AuxK > 0, project: true, isTied: true);
        yield return new GradientCase(new(shape), shape, withAux: false, project: false, isRelu: true, isTied: true)
        {
            Penalty = shape.Integers ? PenaltyKind.Plain : PenaltyKind.ByDecoderNorm,
        };
        yield return new GradientCase(
            new(shape), shape, withAux: false, project: true, isTied: true, gate: new GateCase(shape));
    }

    /// <summary>Cases in which entries are gates with a magnitude.</summary>
    private static IEnumerable<GradientCase> WithGate(VerificationShape shape)
    {
        foreach (bool isRelu in (bool[])[false, true])
        {
            yield return new GradientCase(
                new(shape), shape, withAux: false, project: true, isRelu, gate: new GateCase(shape))
            {
                Penalty = isRelu || shape.Integers ? PenaltyKind.Plain : PenaltyKind.Power,
                PenaltyFactor = shape.Integers ? 2 : 0.83f,
                IsDecided = true,
            };
        }

        yield return new GradientCase(
            new(shape), shape, withAux: false, project: false, gate: new GateCase(shape));
    }
}
