using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>Compares a model with the truth behind synthetic data.</summary>
public static class TruthEvaluator
{
    private const string TensorName = "dictionary";

    /// <summary>Adds the figures that need the truth.</summary>
    /// <remarks>
    /// Directions give the figures of <see cref="DictionaryAgreement"/>. Where the truth has the codes of the
    /// very vectors that are evaluated, as many as the store has, they give <c>precision</c>, <c>recall</c>, <c>f1</c>
    /// and <c>uniqueness</c>.
    /// </remarks>
    /// <param name="figures">The figures so far.</param>
    /// <param name="sae">The model.</param>
    /// <param name="path">
    /// A file with the true directions as a 2-D tensor <c>dictionary</c>, or a manifest of <c>sae synth</c>.
    /// </param>
    /// <param name="store">The vectors.</param>
    /// <param name="rows">Which of them are evaluated.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no such tensor, or one of another width.</exception>
    public static EvaluationResult Compare(
        EvaluationResult figures, Sae sae, string path, ActivationStore store, RowSet rows)
    {
        ArgumentNullException.ThrowIfNull(figures);
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        UnitDirections truth = ReadDirections(path, sae.Config.DOut);
        UnitDirections learned = UnitDirections.From(sae.Parameters.WDec);
        DictionaryAgreement agreement = DictionaryAgreement.Of(truth, learned);
        EvaluationResult result = figures with
        {
            MmcsRecall = agreement.MmcsRecall,
            MmcsPrecision = agreement.MmcsPrecision,
            Mcc = agreement.Mcc,
            MmcsHarmonic = agreement.MmcsHarmonic,
            RecoveredFraction = agreement.RecoveredFraction,
            GenuineFraction = agreement.GenuineFraction,
            MmcsRecallRandom = agreement.MmcsRecallRandom,
            MmcsPrecisionRandom = agreement.MmcsPrecisionRandom,
            MccRandom = agreement.MccRandom,
        };
        using TrueCodes? codes = TrueCodes.Open(path);
        if (codes is null || codes.Rows != store.Count)
        {
            return result;
        }

        FeatureRecovery recovery =
            new(truth, learned, (ordinal, features) => codes.Read(rows.RowOf(ordinal), features));
        ActivationStore read = sae.Config.TargetWidth is null ? store : store.Sites[0];
        new LatentPass { Collectors = [recovery] }.Run(sae, StoreSource.Of(read, rows));
        RecoveryFigures recovered = recovery.Read();
        return result with
        {
            Precision = recovered.Precision,
            Recall = recovered.Recall,
            F1 = recovered.F1,
            Uniqueness = recovered.Uniqueness,
        };
    }

    /// <summary>Reads true directions.</summary>
    /// <param name="path">A file with a 2-D tensor <c>dictionary</c>, or a manifest of <c>sae synth</c>.</param>
    /// <param name="width">The width that they must have.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file has no such tensor, or one of another width.</exception>
    public static UnitDirections ReadDirections(string path, int width)
    {
        using SafetensorsFile file =
            SyntheticManifest.IsManifest(path) ? SyntheticManifest.OpenData(path) : SafetensorsFile.Open(path);
        if (!file.Tensors.TryGetValue(TensorName, out TensorInfo? tensor))
        {
            throw new InvalidDataException(
                $"{path}: must hold a 2-D tensor '{TensorName}', but holds {string.Join(", ", file.Tensors.Keys)}. "
                + "Name a file with the true directions.");
        }

        if (tensor.Shape.Count != 2 || tensor.Shape[0] < 1 || tensor.Shape[1] != width
            || tensor.ElementCount > Array.MaxLength)
        {
            throw new InvalidDataException(
                $"{path}: '{TensorName}' must be [directions, {width}], as wide as the model, but is "
                + $"{tensor.ShapeText}. Name the truth of the same data.");
        }

        float[] directions = new float[tensor.ElementCount];
        file.ReadSingles(tensor, 0, directions);
        return UnitDirections.From(directions, width);
    }
}
