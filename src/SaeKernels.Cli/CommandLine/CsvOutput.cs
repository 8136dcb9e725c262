using System.CommandLine;

namespace SaeKernels.Cli;

/// <summary>Checks the name of a table before any work is done for it.</summary>
internal static class CsvOutput
{
    /// <summary>Returns what an option names, or null where it is not given.</summary>
    /// <exception cref="ArgumentException">The name does not end as the option's files do.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static string? Require(Option<string?> option, ParseResult result, string extension = ".csv")
    {
        if (result.GetValue(option) is not string path)
        {
            return null;
        }

        if (Path.GetExtension(path) != extension)
        {
            throw new ArgumentException(
                $"{option.Name}: must name a file that ends in {extension}, but is {path}. Write {option.Name} "
                + $"table{extension}.");
        }

        RequireFolder(path);
        return path;
    }

    /// <summary>Throws where the folder of a file to write is missing.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static void RequireFolder(string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException(
                $"{path}: the folder {folder} must exist, but does not. Create it, or choose another path.");
        }
    }
}
