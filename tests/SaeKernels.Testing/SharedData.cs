namespace SaeKernels.Testing;

/// <summary>
/// Real data that developers have beside the repository; tests that want it are skipped, and counted, elsewhere.
/// </summary>
public static class SharedData
{
    /// <summary>Returns the path of a file in <c>../shared/data</c>, or skips the test.</summary>
    public static string Require(string relativePath)
    {
        string path = Path.Combine(RepositoryRoot(), "..", "shared", "data", relativePath);
        Skip.IfNot(File.Exists(path), $"../shared/data/{relativePath} is not there.");
        return path;
    }

    /// <summary>Returns the folder of SaeKernels.sln.</summary>
    public static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "SaeKernels.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName
            ?? throw new DirectoryNotFoundException("SaeKernels.sln is in no folder above the tests.");
    }
}
