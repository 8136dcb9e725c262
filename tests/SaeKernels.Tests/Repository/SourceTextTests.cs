using System.Text.RegularExpressions;

namespace SaeKernels.Tests.Repository;

/// <summary>What no file of the repository may hold, and how long a file may be.</summary>
public class SourceTextTests
{
    private const int MostLines = 400;
    private static readonly string[] TextExtensions =
    [
        ".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".txt", ".csv", ".sh", ".yml", ".xml",
        ".config", "",
    ];

    // Split in two, so that this file does not hold what it looks for.
    private static readonly Dictionary<string, Regex> Forbidden = new()
    {
        ["the path of somebody's machine"] =
            new(@"(?<![\w.])(/(wo" + @"rk|ho" + @"me|ro" + @"ot|Us" + @"ers)/\w|[A-Z]:\\Us" + @"ers\\)"),
        ["the address of a package registry"] =
            new("artif" + "actory|jfr" + @"og|https?://[^\s""]+/ind" + @"ex\.json", RegexOptions.IgnoreCase),
        ["the address of a private network"] =
            new(@"\b(10\.\d{1,3}|192\.1" + @"68|172\.(1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}\b"),
        ["a note of unfinished work"] = new(@"\b(TO" + "DO|FIX" + "ME|HA" + @"CK)\b"),
        ["a member that is not written"] = new("NotImpl" + "ementedException"),
        ["a region"] = new(@"^\s*#reg" + "ion", RegexOptions.Multiline),
        ["a wait of guessed length in place of a signal"] = new(@"\bThread\.Sl" + "eep"),
    };

    public static TheoryData<string> Faults { get; } = [.. Forbidden.Keys];

    [Theory]
    [MemberData(nameof(Faults))]
    public void No_file_holds(string fault)
    {
        IEnumerable<string> found = RepositoryFiles.WithExtension(TextExtensions)
            .SelectMany(
                file => Forbidden[fault].Matches(RepositoryFiles.Read(file)),
                (file, match) => $"{file}: '{match.Value}'");

        Rule.Holds($"No file holds {fault}", "Remove it.", found);
    }

    [Fact]
    public void A_source_file_has_at_most_400_lines()
    {
        IEnumerable<string> tooLong = RepositoryFiles.WithExtension(".cs")
            .Select(file => (File: file, Lines: File.ReadLines(RepositoryFiles.PathOf(file)).Count()))
            .Where(entry => entry.Lines > MostLines)
            .Select(entry => $"{entry.File}: has {entry.Lines} lines");

        Rule.Holds($"A source file has at most {MostLines} lines", "Divide it.", tooLong);
    }
}
