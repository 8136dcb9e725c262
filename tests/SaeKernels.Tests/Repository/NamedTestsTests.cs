using System.Text.RegularExpressions;

namespace SaeKernels.Tests.Repository;

/// <summary>The pages of docs/ name tests as evidence: each of them is there.</summary>
public partial class NamedTestsTests
{
    [Fact]
    public void Every_test_that_a_page_names_exists()
    {
        string[] files = [.. Below("tests/", ".cs")];
        List<string> missing = [];
        foreach (string page in Below("docs/", ".md"))
        {
            foreach (Match match in Named().Matches(RepositoryFiles.Read(page)))
            {
                string file = files.FirstOrDefault(
                    one => Path.GetFileNameWithoutExtension(one) == match.Groups["class"].Value, string.Empty);
                string method = match.Groups["method"].Value;
                if (file.Length == 0 || (method.Length > 0
                    && !RepositoryFiles.Read(file).Contains($" {method}(", StringComparison.Ordinal)))
                {
                    missing.Add($"{page}: {match.Value}");
                }
            }
        }

        Rule.Holds("Pages name tests that exist", "Name the test that holds it, or write one.", missing);
    }

    private static IEnumerable<string> Below(string folder, string extension) =>
        RepositoryFiles.WithExtension(extension).Where(file => file.StartsWith(folder, StringComparison.Ordinal));

    [GeneratedRegex(@"`(?<class>[A-Z]\w*Tests)(\.(?<method>[A-Z]\w*))?`")]
    private static partial Regex Named();
}
