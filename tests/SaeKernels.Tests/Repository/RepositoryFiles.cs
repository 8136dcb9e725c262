namespace SaeKernels.Tests.Repository;

/// <summary>The files of the repository that these tests run in, without ignored folders.</summary>
internal static class RepositoryFiles
{
    private static readonly HashSet<string> IgnoredFolders = FindIgnoredFolders();

    /// <summary>The folder that holds the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Returns the full path of a file or folder.</summary>
    public static string PathOf(string relativePath) => Path.Combine(Root, relativePath);

    /// <summary>Returns the text of a file.</summary>
    public static string Read(string relativePath) => File.ReadAllText(PathOf(relativePath));

    /// <summary>Returns the files with one of these extensions, relative to the root, sorted.</summary>
    public static IReadOnlyList<string> WithExtension(params string[] extensions)
    {
        List<string> files = [];
        Collect(new DirectoryInfo(Root), file => extensions.Contains(file.Extension), files);
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    private static void Collect(DirectoryInfo folder, Predicate<FileInfo> wanted, List<string> files)
    {
        foreach (FileInfo file in folder.EnumerateFiles())
        {
            if (wanted(file))
            {
                files.Add(Path.GetRelativePath(Root, file.FullName).Replace('\\', '/'));
            }
        }

        foreach (DirectoryInfo child in folder.EnumerateDirectories())
        {
            if (!IgnoredFolders.Contains(child.Name))
            {
                Collect(child, wanted, files);
            }
        }
    }

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SaeKernels.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException(
            $"{AppContext.BaseDirectory}: must lie inside the repository, but no folder above it holds SaeKernels.sln. "
            + "Run the tests from a clone.");
    }

    private static HashSet<string> FindIgnoredFolders()
    {
        IEnumerable<string> folders = File.ReadLines(Path.Combine(FindRoot(), ".gitignore"))
            .Where(line => line.EndsWith('/'))
            .Select(line => line.TrimEnd('/'));
        return [".git", .. folders];
    }
}
