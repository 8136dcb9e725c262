using System.Text.RegularExpressions;

namespace SaeKernels.Tests.Repository;

/// <summary>What the README says to type works, in its order, in a folder that holds only samples/.</summary>
public class ReadmeTests
{
    private const string Page = "README.md";
    private const string Sae = "dotnet run -c Release --project src/SaeKernels.Cli -- ";
    private const string Test = "dotnet test -c Release";

    [Fact]
    public void Every_command_does_what_it_says_without_a_fault()
    {
        using ReadmeWorkspace workspace = new();
        foreach (string command in Commands().Where(command => command != Test))
        {
            Assert.True(
                command.StartsWith(Sae, StringComparison.Ordinal),
                $"{Page}: a bash line must begin with '{Sae}' or be '{Test}', but is '{command}'. "
                + "Say it in prose, or teach this test to run it.");
            (int exitCode, string output, string error) = workspace.RunSae(Words(command[Sae.Length..]));

            Assert.True(exitCode == 0, $"'{command}' must exit with 0, but did with {exitCode}.\n{output}\n{error}");
            Assert.False(string.IsNullOrWhiteSpace(output), $"'{command}' must print a result, but did not.\n{error}");
        }
    }

    [Fact]
    public void The_test_command_is_the_one_that_the_whole_check_runs()
    {
        IEnumerable<string> lines = RepositoryFiles.Read(".ci/run").Split('\n').Select(line => line.Trim());

        Assert.Contains(Test, Commands());
        Assert.Contains(lines, line => line.StartsWith($"{Test} ", StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_of_verbs_is_the_one_of_the_command()
    {
        using ReadmeWorkspace workspace = new();
        IEnumerable<string> verbs = MarkdownTable.Read(Page, "verb").Select(cells => cells[0]);
        string help = workspace.RunSae("--help").Output;
        IEnumerable<string> listed = Regex.Matches(help, "^ +(?<verb>[a-z][a-z-]*)  ", RegexOptions.Multiline)
            .Select(match => match.Groups["verb"].Value);

        Assert.Equal(verbs.Order(), listed.Order());
        Assert.All(verbs, verb => Assert.Equal(0, workspace.RunSae(verb, "--help").ExitCode));
    }

    [Fact]
    public void The_table_of_architectures_is_the_registry()
    {
        IEnumerable<(string, string)> rows = MarkdownTable.Read(Page, "architecture")
            .Select(cells => (cells[0], cells[2]));

        Assert.Equal(SaeArchitectures.All.Select(architecture => (architecture.Id, architecture.Source)), rows);
    }

    [Fact]
    public void The_library_example_is_the_compiled_one_and_runs()
    {
        string source = RepositoryFiles.Read("tests/SaeKernels.Tests/Repository/ReadmeExample.cs");
        string example = Blocks("csharp").Single();
        string[] parts = example.Split("\n\n", 2);
        Match body = Regex.Match(source, @"(?s)Run\(string data, string folder\)\n    \{\n(?<body>.*?)\n    \}\n");

        // The namespace of the tests lies inside SaeKernels and needs no using for it.
        IEnumerable<string> usings = parts[0].Split('\n').Where(line => line != "using SaeKernels;");
        Assert.All(usings, line => Assert.Contains(line, source, StringComparison.Ordinal));
        Assert.Equal(Regex.Replace(body.Groups["body"].Value, "(?m)^        ", string.Empty), parts[1]);

        using ReadmeWorkspace workspace = new();
        string folder = Path.Combine(workspace.Folder, "run");
        ReadmeExample.Run(Path.Combine(workspace.Folder, "samples", "glove"), folder);
        Assert.True(File.Exists(Path.Combine(folder, "eval.json")));
    }

    private static IEnumerable<string> Commands() => Blocks("bash").SelectMany(block => block.Split('\n'));

    private static IEnumerable<string> Blocks(string language) =>
        Regex.Matches(RepositoryFiles.Read(Page), $"(?s)```{language}\n(?<text>.*?)\n```")
            .Select(match => match.Groups["text"].Value);

    // Words as a shell separates them: blanks, with double quotes around what holds blanks.
    private static IEnumerable<string> Words(string text) =>
        Regex.Matches(text, "\"(?<word>[^\"]*)\"|(?<word>\\S+)").Select(match => match.Groups["word"].Value);
}
