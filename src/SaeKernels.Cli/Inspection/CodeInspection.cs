using System.Text.Json.Nodes;
using SaeKernels.Factorization;

namespace SaeKernels.Cli;

/// <summary>Describes files of codes.</summary>
internal static class CodeInspection
{
    /// <summary>Describes a file by its header, after its checksum.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static JsonObject Describe(string path)
    {
        using CodeFileReader reader = CodeFileReader.Open(path);
        return Describe(path, reader.Table, reader.Size, reader.Model);
    }

    /// <summary>Describes a file of which all is known.</summary>
    /// <param name="path">The file.</param>
    /// <param name="table">Its counts.</param>
    /// <param name="size">What its parts take.</param>
    /// <param name="model">The hash of the model.</param>
    public static JsonObject Describe(string path, CodeTable table, CodeFileSize size, string model)
    {
        CodeLength length = new(table);
        (int Least, int Most) bins =
            (table.Bins.Counts.DefaultIfEmpty().Min(), table.Bins.Counts.DefaultIfEmpty().Max());
        return new JsonObject
        {
            ["kind"] = "codes",
            ["path"] = path,
            ["vectors"] = table.Vectors,
            ["latents"] = table.Latents,
            ["l0"] = JsonText.Number(length.L0),
            ["bins"] = bins.Least == bins.Most ? bins.Most : new JsonArray(bins.Least, bins.Most),
            ["description_length_bits_per_token"] = JsonText.Number(length.BitsPerVector),
            ["code_bits_per_token"] = JsonText.Number(8.0 * size.CodeBytes / table.Vectors),
            ["description_length_bytes"] = JsonText.Number(length.BitsPerVector * table.Vectors / 8),
            ["code_bytes"] = size.CodeBytes,
            ["header_bytes"] = size.HeaderBytes,
            ["bytes"] = size.CodeBytes + size.HeaderBytes,
            ["model"] = model.Length == 0 ? null : model,
        };
    }
}
