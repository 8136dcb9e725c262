using System.Xml.Linq;

namespace SaeKernels.Tests.Repository;

/// <summary>Projects reference only what the table of docs/architecture.md allows.</summary>
public class LayersTests
{
    private const string Page = "docs/architecture.md";
    private static readonly IReadOnlyList<ProjectFile> Projects = ProjectFile.All();
    private static readonly Dictionary<string, Row> Table = MarkdownTable.Read(Page, "project").ToDictionary(
        cells => cells[0],
        cells => new Row(MarkdownTable.Names(cells[1]), MarkdownTable.Names(cells[2])));

    public static TheoryData<string> ProjectNames { get; } = [.. Projects.Select(project => project.Name)];

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_references_only_what_its_row_allows(string name)
    {
        bool hasRow = Table.TryGetValue(name, out Row? row);
        Assert.True(hasRow, $"{Page}: must have a row for each project, but {name} has none. Add it.");
        ProjectFile project = Projects.Single(candidate => candidate.Name == name);

        RequireSubset(project.Path, "project", project.Projects, row!.Projects);
        RequireSubset(project.Path, "package", project.Packages, row.Packages);
    }

    [Fact]
    public void The_table_names_only_projects_and_packages_there_are()
    {
        HashSet<string> projects = [.. Projects.Select(project => project.Name)];
        HashSet<string> packages = [.. XDocument.Load(RepositoryFiles.PathOf("Directory.Packages.props"))
            .Descendants("PackageVersion").Select(item => item.Attribute("Include")!.Value)];

        IEnumerable<string> unknown = Table.Keys.Except(projects)
            .Concat(Table.Values.SelectMany(row => row.Projects).Except(projects))
            .Concat(Table.Values.SelectMany(row => row.Packages).Except(packages));
        Rule.Holds($"{Page}: the table names only projects and packages there are", "Remove the others.", unknown);
    }

    [Fact]
    public void Only_the_comparison_with_libtorch_lies_outside_the_solution()
    {
        IEnumerable<string> outside = Projects.Select(project => project.Path).Except(ProjectFile.PathsInSolution());

        // libtorch is hundreds of megabytes, which nobody needs to build and test.
        Assert.Equal(["bench/SaeKernels.PeerBench/SaeKernels.PeerBench.csproj"], outside);
    }

    [Theory]
    [MemberData(nameof(ProjectNames))]
    public void A_project_has_a_lock_file(string name)
    {
        ProjectFile project = Projects.Single(candidate => candidate.Name == name);
        string file = $"{project.Folder}/packages.lock.json";
        bool exists = File.Exists(RepositoryFiles.PathOf(file));
        Assert.True(exists, $"{file}: must exist, but does not. Run 'dotnet restore' and commit it.");
    }

    private static void RequireSubset(
        string file, string kind, IReadOnlyList<string> found, IReadOnlyList<string> allowed)
    {
        Rule.Holds(
            $"{file}: references only the {kind}s [{string.Join(", ", allowed)}]",
            $"Remove the reference, or change the table in {Page} and say why in docs/decisions.",
            found.Except(allowed));
    }

    private sealed record Row(IReadOnlyList<string> Projects, IReadOnlyList<string> Packages);
}
