using System.Diagnostics;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>Runs a model over vectors and gathers the figures of <see cref="EvaluationResult"/>.</summary>
public static class SaeEvaluator
{
    private const int Batch = 2048;
    private const int MostEntries = 1 << 24;

    /// <summary>Evaluates a model.</summary>
    /// <param name="sae">The model, for raw vectors.</param>
    /// <param name="store">The data.</param>
    /// <param name="rows">Which vectors; at least one.</param>
    /// <param name="visit">
    /// Told of each batch's codes on the model's backend and of its first vector's place among
    /// <paramref name="rows"/>; may be null.
    /// </param>
    /// <param name="variants">Gathers figures as other libraries define them; null where they are not wanted.</param>
    /// <exception cref="ArgumentException">There is no vector.</exception>
    /// <exception cref="InvalidDataException">The data has another width than the model, or a fault.</exception>
    public static EvaluationResult Evaluate(
        Sae sae,
        ActivationStore store,
        RowSet rows,
        Action<SparseCodes, long, int>? visit = null,
        PublishedVariantsMetric? variants = null)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        if (store.DIn != sae.Config.DIn)
        {
            throw new InvalidDataException(
                $"{string.Join(", ", store.Paths)}: must be as wide as the model, DIn = {sae.Config.DIn}, "
                + $"but is {store.DIn} wide. "
                + "Name activations of the site that the model was trained on.");
        }

        Shape.Require(
            rows.Count > 0, "Evaluation", $"there must be at least one vector, but there is none.", "Name other data.");
        Stopwatch clock = Stopwatch.StartNew();
        ReconstructionMetric reconstruction = new(store.DIn);
        using LatentStatistics latents = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        VisitBatches(sae, store, rows, (x, xHat, count) =>
        {
            reconstruction.Add(x, xHat, count);
            variants?.Add(x, xHat);
        }, latents, visit);
        double tokensPerSecond = rows.Count / clock.Elapsed.TotalSeconds;
        return Assemble(reconstruction.Read(), new SparsityMetric(latents.Read()), tokensPerSecond) with
        {
            Variants = variants?.Read(),
        };
    }

    private static void VisitBatches(
        Sae sae,
        ActivationStore store,
        RowSet rows,
        Action<ReadOnlySpan<float>, ReadOnlySpan<float>, int> compare,
        LatentStatistics latents,
        Action<SparseCodes, long, int>? visit)
    {
        int dIn = store.DIn;
        int batch = (int)Math.Min(Math.Min(Batch, rows.Count), Math.Max(1, MostEntries / sae.MostActive));
        float[] inputs = new float[batch * dIn];
        float[] outputs = new float[batch * dIn];
        using RealBuffer x = sae.Backend.AllocateReal("Evaluation.Activations", inputs.Length);
        using RealBuffer xHat = sae.Backend.AllocateReal("Evaluation.Reconstruction", outputs.Length);
        using SparseCodes codes = sae.AllocateCodes(batch);
        for (long first = 0; first < rows.Count; first += batch)
        {
            int count = (int)Math.Min(batch, rows.Count - first);
            Span<float> input = inputs.AsSpan(0, count * dIn);
            Span<float> output = outputs.AsSpan(0, count * dIn);
            rows.Read(store, first, input);
            x.Upload(input);
            sae.Encode(new RealMatrix(x, count, dIn), codes);
            sae.Decode(codes, new RealMatrix(xHat, count, dIn));
            sae.Backend.AccumulateLatents(
                new AccumulateLatentsArguments { Rows = count, Codes = codes, Statistics = latents });
            xHat.Download(output);
            compare(input, output, count);
            visit?.Invoke(codes, first, count);
        }
    }

    private static EvaluationResult Assemble(
        ReconstructionFigures reconstruction, SparsityMetric sparsity, double tokensPerSecond) => new()
        {
            Tokens = reconstruction.Vectors,
            Mse = reconstruction.Mse,
            Fvu = reconstruction.Fvu,
            ExplainedVariance = reconstruction.ExplainedVariance,
            Cosine = reconstruction.Cosine,
            L2Ratio = reconstruction.L2Ratio,
            RelativeReconstructionBias = reconstruction.RelativeReconstructionBias,
            L0 = sparsity.L0,
            L1 = sparsity.L1,
            AliveFraction = sparsity.AliveFraction,
            SilentFractionEval = sparsity.SilentFraction,
            DensityAboveOnePercent = sparsity.DensityAbove(DensityDiagnosis.OnePercent),
            DensityAboveTenPercent = sparsity.DensityAbove(DensityDiagnosis.TenPercent),
            ActivityAboveOnePercent = sparsity.ActivityAbove(DensityDiagnosis.OnePercent),
            ActivityAboveTenPercent = sparsity.ActivityAbove(DensityDiagnosis.TenPercent),
            TokensPerSecond = tokensPerSecond,
        };
}
