using System.CommandLine;
using SaeKernels.Data;
using SaeKernels.Files;

namespace SaeKernels.Cli;

/// <summary>Checks the name of a file to write before any work is done for it.</summary>
internal static class OutputFile
{
    /// <summary>Returns what an option names, or null where it is not given.</summary>
    /// <exception cref="ArgumentException">
    /// The name does not end as the option's files do, or is that of a folder.
    /// </exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    public static string? Require(Option<string?> option, ParseResult result, string extension = ".csv")
    {
        if (result.GetValue(option) is not string path)
        {
            return null;
        }

        if (Path.GetExtension(path) != extension)
        {
            string example = path.Length == 0 ? $"table{extension}" : Path.ChangeExtension(path, extension);
            throw new ArgumentException(
                $"{option.Name}: must name a file that ends in {extension}, but is '{path}'. Write {option.Name} "
                + $"{example}.");
        }

        _ = AtomicFile.RequireFolder(path);
        return path;
    }

    /// <summary>Throws where a file to write is one that is read: it would be lost.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    public static void RequireNotRead(string path, ActivationStore store) => RequireNotRead(
        path, store.Sites.SelectMany(site => site.Shards).Select(shard => shard.Path));

    /// <summary>Throws where a file to write is one that is read: it would be lost.</summary>
    /// <param name="path">The file to write.</param>
    /// <param name="read">The files that are read; null for one that is not given.</param>
    /// <exception cref="ArgumentException">It is.</exception>
    public static void RequireNotRead(string path, IEnumerable<string?> read)
    {
        string written = FileOf(path);
        if (read.OfType<string>().Select(FileOf).Contains(written))
        {
            throw new ArgumentException(
                $"{path}: must not be a file that is read, but is one, and would be lost. Choose another name.");
        }
    }

    /// <summary>Throws where two options name one file: the second would take the place of the first.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public static void RequireTwo(Option<string?> first, Option<string?> second, ParseResult result)
    {
        if (result.GetValue(first) is string one && result.GetValue(second) is string other
            && FileOf(one) == FileOf(other))
        {
            throw new ArgumentException(
                $"{first.Name}, {second.Name}: must be two files, but both are {one}. Choose another name for one.");
        }
    }

    /// <summary>The file itself, where a path is a link to it.</summary>
    private static string FileOf(string path)
    {
        FileInfo file = new(path);
        return file.Exists ? file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName : file.FullName;
    }
}
