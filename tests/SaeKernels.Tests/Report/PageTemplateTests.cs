using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SaeKernels.Report;

namespace SaeKernels.Tests.Report;

public partial class PageTemplateTests
{
    [Fact]
    public void Only_the_script_and_the_style_that_the_page_holds_are_allowed()
    {
        string page = PageTemplate.Fill("title", string.Empty, "'none'");

        Assert.Contains($"script-src 'sha256-{HashOf(page, "script")}'", page, StringComparison.Ordinal);
        Assert.Contains($"style-src 'sha256-{HashOf(page, "style")}'", page, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", page.Split("<style>")[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_title_is_text_and_braces_in_it_are_not_filled_in()
    {
        string page = PageTemplate.Fill("</title><b>{script}", string.Empty, "'none'");

        Assert.Contains("<title>&lt;/title&gt;&lt;b&gt;{script}</title>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_page_names_no_address_but_the_svg_namespace()
    {
        string page = PageTemplate.Fill("title", string.Empty, "'none'");

        Assert.Equal(
            ["http://www.w3.org/2000/svg"],
            Address().Matches(page).Select(match => match.Value).Distinct());
    }

    private static string HashOf(string page, string element)
    {
        string content = page.Split($"<{element}>")[1].Split($"</{element}>")[0];
        return Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
    }

    [GeneratedRegex("https?://[^\"'` )]+")]
    private static partial Regex Address();
}
