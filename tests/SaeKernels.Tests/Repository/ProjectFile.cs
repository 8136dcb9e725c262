using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace SaeKernels.Tests.Repository;

/// <summary>A project and what its file references.</summary>
internal sealed record ProjectFile(string Path, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages)
{
    /// <summary>The name, without folder and extension.</summary>
    public string Name => System.IO.Path.GetFileNameWithoutExtension(this.Path);

    /// <summary>The folder relative to the root.</summary>
    public string Folder => System.IO.Path.GetDirectoryName(this.Path)!;

    /// <summary>The name of the assembly that the project builds.</summary>
    public string AssemblyName => Load(this.Path).Descendants("AssemblyName").SingleOrDefault()?.Value ?? this.Name;

    /// <summary>Reads all projects, those outside the solution too.</summary>
    public static IReadOnlyList<ProjectFile> All() => [.. RepositoryFiles.WithExtension(".csproj").Select(Read)];

    /// <summary>Returns the paths of the projects of the solution.</summary>
    public static IReadOnlyList<string> PathsInSolution()
    {
        MatchCollection matches = Regex.Matches(RepositoryFiles.Read("SaeKernels.sln"), "\"(?<path>[^\"]+\\.csproj)\"");
        return [.. matches.Select(match => match.Groups["path"].Value.Replace('\\', '/'))];
    }

    private static ProjectFile Read(string path)
    {
        XDocument document = Load(path);
        return new ProjectFile(
            path,
            [
                .. Included(document, "ProjectReference")
                    .Select(file => System.IO.Path.GetFileNameWithoutExtension(file)),
            ],
            [.. Included(document, "PackageReference")]);
    }

    private static XDocument Load(string path) => XDocument.Load(RepositoryFiles.PathOf(path));

    private static IEnumerable<string> Included(XDocument document, string element) =>
        document.Descendants(element).Select(item => item.Attribute("Include")?.Value).OfType<string>();
}
