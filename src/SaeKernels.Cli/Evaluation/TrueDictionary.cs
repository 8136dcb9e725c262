using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>A file of true directions that a model is compared with.</summary>
internal static class TrueDictionary
{
    private const string TensorName = "dictionary";

    /// <summary>Adds the figures that need the truth.</summary>
    /// <exception cref="InvalidDataException">The file has no such tensor, or one of another width.</exception>
    public static EvaluationResult Compare(EvaluationResult figures, Sae sae, string path)
    {
        UnitDirections truth = Read(path, sae.Config.DIn);
        UnitDirections learned = UnitDirections.From(sae.Parameters.WDec);
        MeanMaxCosine meanMax = DictionaryMetrics.MeanMaxCosine(truth, learned);
        return figures with
        {
            MmcsRecall = meanMax.Recall,
            MmcsPrecision = meanMax.Precision,
            Mcc = DictionaryMetrics.MatchedCosine(truth, learned),
        };
    }

    /// <summary>Reads the directions of a file.</summary>
    /// <exception cref="InvalidDataException">The file has no such tensor, or one of another width.</exception>
    public static UnitDirections Read(string path, int width)
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
