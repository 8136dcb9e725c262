using System.Globalization;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Cli;

/// <summary>The labels that a user gave the vectors: a few names, and for each vector one of them or none.</summary>
internal sealed class TokenLabels
{
    // Each label keeps a table of all latents.
    private const int MostLabels = 256;
    private const string TensorName = "labels";
    private readonly short[] labels;

    private TokenLabels(short[] labels, IReadOnlyList<string> names)
    {
        this.labels = labels;
        this.Names = names;
    }

    /// <summary>The names by their numbers.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Returns the label of a row, −1 for none.</summary>
    public int Of(long row) => this.labels[row];

    /// <summary>
    /// Reads a tensor <c>labels</c> of whole numbers, negative for none, or lines of text, empty for none.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">There is not one label a vector, or there are too many.</exception>
    public static TokenLabels Read(string path, long vectors)
    {
        if (SyntheticManifest.IsManifest(path))
        {
            using SafetensorsFile drawn = SyntheticManifest.OpenData(path);
            return OfTensor(drawn, vectors);
        }

        if (Path.GetExtension(path) is SafetensorsFile.Extension or ".npy")
        {
            using TensorFile file = TensorFile.Open(path);
            return OfTensor(file, vectors);
        }

        return File.Exists(path)
            ? OfLines(path, vectors)
            : throw new FileNotFoundException($"{path}: must exist, but does not. Name a file that is there.");
    }

    private static TokenLabels OfLines(string path, long vectors)
    {
        string[] lines = File.ReadAllLines(path);
        RequireCount(path, lines.Length, vectors);
        string[] names = [.. lines.Where(line => line.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        RequireFew(path, names.Length);
        Dictionary<string, short> numbers = names.Select((name, i) => (name, i)).ToDictionary(
            pair => pair.name, pair => (short)pair.i);
        return new TokenLabels([.. lines.Select(line => line.Length == 0 ? (short)-1 : numbers[line])], names);
    }

    private static TokenLabels OfTensor(TensorFile file, long vectors)
    {
        TensorInfo tensor = file.Tensors.TryGetValue(TensorName, out TensorInfo? named) ? named
            : file.Tensors.Count == 1 ? file.Tensors.Values.Single()
            : throw new InvalidDataException(
                $"{file.Path}: must hold a tensor '{TensorName}', but holds {string.Join(", ", file.Tensors.Keys)}. "
                + "Store one whole number a vector, negative for none.");
        RequireCount(file.Path, tensor.ElementCount, vectors);
        long[] numbers = new long[vectors];
        file.ReadInt64s(tensor, 0, numbers);
        long most = numbers.DefaultIfEmpty(-1).Max();
        RequireFew(file.Path, most + 1);
        string[] known = file.Metadata.GetValueOrDefault("label_names")?.Split(',') ?? [];
        string[] names =
        [
            .. Enumerable.Range(0, (int)most + 1).Select(number => number < known.Length
                ? known[number]
                : number.ToString(CultureInfo.InvariantCulture)),
        ];
        return new TokenLabels(Array.ConvertAll(numbers, number => (short)Math.Max(-1, number)), names);
    }

    private static void RequireCount(string path, long found, long vectors)
    {
        if (found != vectors)
        {
            throw new InvalidDataException(
                $"{path}: must hold one label for each of {vectors} vectors, but holds {found}. Name the labels that "
                + "belong to the data.");
        }
    }

    private static void RequireFew(string path, long labels)
    {
        if (labels is < 1 or > MostLabels)
        {
            throw new InvalidDataException(
                $"{path}: must have 1 to {MostLabels} different labels, but has {labels}. Name kinds of tokens.");
        }
    }
}
