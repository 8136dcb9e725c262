using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Report;

namespace SaeKernels.Cli;

/// <summary>What the vectors of a store stand for, from the files that the options name.</summary>
internal static class RowSources
{
    /// <summary>Texts of the vectors: words of a list, tokens of a vocabulary, pictures, or numbers.</summary>
    /// <exception cref="InvalidDataException">A list is not as long as the data.</exception>
    public static RowTexts Texts(ActivationStore store, string? words, string? vocabulary, bool hasImages)
    {
        if (words is not null)
        {
            IReadOnlyList<string> texts = PieceFile.Read(words);
            return texts.Count == store.Count
                ? RowTexts.Words(texts)
                : throw new InvalidDataException(
                    $"{words}: must hold one text for each of {store.Count} vectors, but holds {texts.Count}. "
                    + "Name the list that belongs to the data.");
        }

        if (vocabulary is not null && !store.HasTokenIds)
        {
            throw new InvalidDataException(
                $"{string.Join(", ", store.Paths)}: must have token_ids for --vocab to name, but has none. "
                + "Store them beside the activations, or use --rows.");
        }

        if (hasImages)
        {
            return RowTexts.Images();
        }

        if (!store.HasTokenIds)
        {
            return RowTexts.Vectors();
        }

        long[] tokens = new long[store.Count];
        store.ReadTokenIds(0, tokens);
        return RowTexts.Tokens(tokens, vocabulary is null ? null : PieceFile.Read(vocabulary));
    }

    /// <summary>A label for each vector; null for one without.</summary>
    /// <exception cref="InvalidDataException">The file is not as long as the data.</exception>
    public static IReadOnlyList<string?> Labels(ActivationStore store, string path)
    {
        TokenLabels labels = TokenLabels.Read(path, store.Count);
        return [.. Enumerable.Range(0, (int)store.Count)
            .Select(row => labels.Of(row) < 0 ? null : labels.Names[labels.Of(row)])];
    }

    /// <summary>The output matrix of a file: [pieces, DIn] or [DIn, pieces].</summary>
    /// <exception cref="InvalidDataException">The file holds no such matrix.</exception>
    public static OutputMatrix Output(string path, int dIn, string? vocabulary)
    {
        using TensorFile file = TensorFile.Open(path);
        TensorInfo? tensor = file.Tensors.Values.SingleOrDefault(one => one.Shape.Count == 2);
        if (tensor is null || (tensor.Shape[0] != dIn && tensor.Shape[1] != dIn)
            || tensor.ElementCount > Array.MaxLength)
        {
            throw new InvalidDataException(
                $"{path}: must hold one matrix with a side of DIn = {dIn}, but holds "
                + $"{string.Join(", ", file.Tensors.Values.Select(one => $"{one.Name} {one.ShapeText}"))}. "
                + "Name the unembedding of the model that the activations come from.");
        }

        float[] weights = new float[tensor.ElementCount];
        file.ReadSingles(tensor, 0, weights);
        float[] rows = tensor.Shape[1] == dIn ? weights : Transpose(weights, dIn);
        return new OutputMatrix(rows, vocabulary is null ? [] : PieceFile.Read(vocabulary), dIn);
    }

    private static float[] Transpose(float[] weights, int dIn)
    {
        int pieces = weights.Length / dIn;
        float[] rows = new float[weights.Length];
        for (int d = 0; d < dIn; d++)
        {
            for (int piece = 0; piece < pieces; piece++)
            {
                rows[(piece * dIn) + d] = weights[(d * pieces) + piece];
            }
        }

        return rows;
    }
}
