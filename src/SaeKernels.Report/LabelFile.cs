using System.Globalization;
using System.Text.Json;

namespace SaeKernels.Report;

/// <summary>Reads what somebody has called features.</summary>
public static class LabelFile
{
    /// <summary>
    /// Reads a JSON object of feature number → text, or a text file with a feature number, a tab and a text a line.
    /// </summary>
    /// <param name="path">The file; JSON where its name ends in <c>.json</c>.</param>
    /// <param name="features">The number of features, DSae.</param>
    /// <returns>A text for each feature, or null for one without.</returns>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is neither, or names a feature that is not there.</exception>
    public static IReadOnlyList<string?> Read(string path, int features)
    {
        byte[] bytes = PieceFile.ReadBytes(path);
        string?[] labels = new string?[features];
        foreach ((string number, string label) in Path.GetExtension(path) == ".json"
            ? ReadJson(path, bytes)
            : ReadLines(path, PieceFile.Decode(bytes)))
        {
            if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int feature)
                || feature >= features)
            {
                throw new InvalidDataException(
                    $"{path}: a label must belong to a feature 0 to {features - 1}, but one belongs to '{number}'. "
                    + "Name the labels of this model.");
            }

            labels[feature] = label;
        }

        return labels;
    }

    private static IEnumerable<(string Number, string Label)> ReadJson(string path, byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(bytes)!
                .Select(pair => (pair.Key, pair.Value));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{path}: must be a JSON object of feature number and text, but is not: {exception.Message} "
                + "Write {\"0\": \"a label\"}.",
                exception);
        }
    }

    private static IEnumerable<(string Number, string Label)> ReadLines(string path, string text)
    {
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.TrimEnd('\r').Split('\t', 2);
            yield return parts.Length == 2
                ? (parts[0], parts[1])
                : throw new InvalidDataException(
                    $"{path}: each line must be a feature number, a tab and a text, but one is '{line}'. "
                    + "Write it so, or as a .json object.");
        }
    }
}
