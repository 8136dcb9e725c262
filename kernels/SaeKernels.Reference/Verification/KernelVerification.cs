using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Runs every operation of a backend on seeded inputs and compares it with exact results, within bounds that are
/// derived for each element from the float32 roundings that the formula allows.
/// </summary>
/// <remarks>
/// Bounds hold for any order of summation and any fusing of multiply and add. Outputs hold NaN before an operation and
/// canaries lie behind them; inputs must stay as they are; every operation runs twice and must give the same bits.
/// </remarks>
public static class KernelVerification
{
    private static readonly (string Operation, Verification Run)[] All =
    [
        (nameof(IComputeBackend.LoadBatch), LoadBatchVerification.Run),
        (nameof(IComputeBackend.Center), CenterVerification.Run),
        (nameof(IComputeBackend.EncodeTopK), EncodeTopKVerification.Run),
        (nameof(IComputeBackend.EncodeGroupMax), EncodeGroupMaxVerification.Run),
        (nameof(IComputeBackend.EncodeBatchTopK), EncodeBatchTopKVerification.Run),
        (nameof(IComputeBackend.EncodeThreshold), EncodeThresholdVerification.Run),
        (nameof(IComputeBackend.GateMagnitudes), GateMagnitudesVerification.Run),
        (nameof(IComputeBackend.BuildLatentMajor), BuildLatentMajorVerification.Run),
        (nameof(IComputeBackend.SparseDecode), SparseDecodeVerification.Run),
        (nameof(IComputeBackend.DecodeResidual), DecodeResidualVerification.Run),
        (nameof(IComputeBackend.PrefixResidual), PrefixResidualVerification.Run),
        (nameof(IComputeBackend.ReluResidual), ReluResidualVerification.Run),
        (nameof(IComputeBackend.LinearSum), LinearSumVerification.Run),
        (nameof(IComputeBackend.AuxResidual), AuxResidualVerification.Run),
        (nameof(IComputeBackend.AdaptPenalty), AdaptPenaltyVerification.Run),
        (nameof(IComputeBackend.LatentGradients), LatentGradientsVerification.Run),
        (nameof(IComputeBackend.DecoderBiasGradient), DecoderBiasGradientVerification.Run),
        (nameof(IComputeBackend.LinearGradient), LinearGradientVerification.Run),
        (nameof(IComputeBackend.GradientNorm), GradientNormVerification.Run),
        (nameof(IComputeBackend.AdamUpdate), AdamUpdateVerification.Run),
        (nameof(IComputeBackend.UpdateLatents), UpdateLatentsVerification.Run),
        (nameof(IComputeBackend.NormalizeRows), NormalizeRowsVerification.Run),
        (nameof(IComputeBackend.WeightedSum), WeightedSumVerification.Run),
        (nameof(IComputeBackend.Orthogonalize), OrthogonalizeVerification.Run),
        (nameof(IComputeBackend.UpdateFired), UpdateFiredVerification.Run),
        (nameof(IComputeBackend.AccumulateLatents), AccumulateLatentsVerification.Run),
        (nameof(IComputeBackend.AccumulateReconstruction), AccumulateReconstructionVerification.Run),
        (nameof(IComputeBackend.AccumulateHistogram), AccumulateHistogramVerification.Run),
        (nameof(IComputeBackend.AccumulateBins), AccumulateBinsVerification.Run),
        (nameof(IComputeBackend.AccumulatePairs), AccumulatePairsVerification.Run),
    ];

    private delegate IEnumerable<VerificationResult> Verification(IComputeBackend candidate, VerificationShape shape);

    /// <summary>The operations that can be verified, by name, in the order of a training step.</summary>
    public static IReadOnlyList<string> Operations { get; } = [.. All.Select(entry => entry.Operation)];

    /// <summary>Verifies every operation.</summary>
    /// <param name="candidate">The backend to be verified.</param>
    /// <param name="scale">How large the shapes are.</param>
    /// <param name="progress">Called after each case; null for nobody.</param>
    /// <returns>One result for each operation, shape and variant.</returns>
    public static IReadOnlyList<VerificationResult> Run(
        IComputeBackend candidate, VerificationScale scale, Action<VerificationResult>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        List<VerificationResult> results = [];
        foreach (string operation in Operations)
        {
            foreach (VerificationResult result in RunOperation(candidate, operation, scale))
            {
                results.Add(result);
                progress?.Invoke(result);
            }
        }

        return results;
    }

    /// <summary>Verifies one operation, case by case as the results are read.</summary>
    /// <param name="candidate">The backend to be verified.</param>
    /// <param name="operation">One of <see cref="Operations"/>.</param>
    /// <param name="scale">How large the shapes are.</param>
    /// <param name="shapes">
    /// What the text of a shape has in it, as results show it, such as <c>batch 5, DIn 8</c>; empty for all.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="operation"/> is not one of them.</exception>
    public static IEnumerable<VerificationResult> RunOperation(
        IComputeBackend candidate, string operation, VerificationScale scale, string shapes = "")
    {
        ArgumentNullException.ThrowIfNull(candidate);
        int index = Array.FindIndex(All, entry => entry.Operation == operation);
        if (index < 0)
        {
            throw new ArgumentException(
                $"KernelVerification: the operation must be one of {string.Join(", ", Operations)}, "
                + $"but is {operation}. Pass one of those names.");
        }

        return VerificationShape.Of(scale)
            .Where(shape => shape.ToString().Contains(shapes, StringComparison.Ordinal))
            .SelectMany(shape => All[index].Run(candidate, shape));
    }
}
