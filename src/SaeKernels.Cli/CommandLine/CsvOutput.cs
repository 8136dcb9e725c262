using System.CommandLine;
using SaeKernels.Files;

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

        _ = AtomicFile.RequireFolder(path);
        return path;
    }
}
