using System.Text.RegularExpressions;

namespace SaeKernels.Tests.Repository;

/// <summary>What no file of the repository may hold, and how long a file, a method and a line may be.</summary>
public class SourceTextTests
{
    private const int MostLines = 400;
    private const int MostMethodLines = 80;
    private const int MostColumns = 120;
    private static readonly string[] TextExtensions =
    [
        ".cs", ".csproj", ".props", ".targets", ".sln", ".json", ".md", ".txt", ".csv", ".sh", ".yml", ".xml",
        ".config", "",
    ];

    private static readonly Regex TypeDeclaration =
        new(@"^ *((public|internal|private|protected|file|static|sealed|abstract|readonly|unsafe|ref|partial) )*"
            + "(class|struct|record|interface|enum) ");

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

    [Fact]
    public void A_method_has_at_most_80_lines()
    {
        IEnumerable<string> tooLong = RepositoryFiles.WithExtension(".cs")
            .SelectMany(file => LongBlocks(file, File.ReadAllLines(RepositoryFiles.PathOf(file))));

        Rule.Holds($"A method has at most {MostMethodLines} lines", "Divide it.", tooLong);
    }

    [Fact]
    public void A_line_has_at_most_120_characters()
    {
        IEnumerable<string> tooLong = RepositoryFiles.WithExtension(".cs")
            .SelectMany(file => File.ReadLines(RepositoryFiles.PathOf(file))
                .Select((line, index) => (Line: index + 1, line.Length))
                .Where(entry => entry.Length > MostColumns)
                .Select(entry => $"{file}:{entry.Line}: has {entry.Length} characters"));

        Rule.Holds($"A line of C# has at most {MostColumns} characters", "Wrap it.", tooLong);
    }

    // The build enforces the layout of braces: a block opens with a brace on a line of its own, closes with one at the
    // same indentation, and what it belongs to begins on the nearest line above it with that indentation.
    private static IEnumerable<string> LongBlocks(string file, string[] lines)
    {
        for (int open = 0; open < lines.Length; open++)
        {
            if (lines[open].Trim() != "{")
            {
                continue;
            }

            int indentation = IndentationOf(lines[open]);
            int header = Array.FindLastIndex(lines, open - 1, line => IndentationOf(line) == indentation);
            int close = Array.FindIndex(
                lines, open, line => IndentationOf(line) == indentation && line[indentation] == '}');
            int length = close - header + 1;
            if (length > MostMethodLines && !TypeDeclaration.IsMatch(lines[header]))
            {
                yield return $"{file}:{header + 1}: has {length} lines";
            }
        }
    }

    // −1 for an empty line, which has none.
    private static int IndentationOf(string line) => line.AsSpan().IndexOfAnyExcept(' ');
}
