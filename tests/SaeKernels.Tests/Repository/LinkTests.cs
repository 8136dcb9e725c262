using System.Text.RegularExpressions;

namespace SaeKernels.Tests.Repository;

/// <summary>A relative link of a page leads to a file or folder that exists.</summary>
public class LinkTests
{
    public static TheoryData<string> Pages { get; } = [.. RepositoryFiles.WithExtension(".md")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void A_relative_link_leads_somewhere(string page)
    {
        string text = Regex.Replace(RepositoryFiles.Read(page), "(?s)```.*?```|`[^`\n]*`", string.Empty);
        string folder = Path.GetDirectoryName(RepositoryFiles.PathOf(page))!;
        IEnumerable<string> broken = Regex.Matches(text, @"\]\((?<target>[^)\s#]+)(#[^)\s]*)?\)")
            .Select(match => match.Groups["target"].Value)
            .Where(target => !Regex.IsMatch(target, "^[a-z]+:"))
            .Where(target => !Path.Exists(Path.Combine(folder, target)));

        Rule.Holds($"{page}: relative links lead to files", "Correct them.", broken);
    }
}
