namespace SaeKernels.Tests.Repository;

/// <summary>A table of a markdown page, found by the title of its first column.</summary>
internal static class MarkdownTable
{
    /// <summary>Returns the rows below the heading; cells without the blanks and back quotes around them.</summary>
    /// <param name="file">The page, relative to the root.</param>
    /// <param name="firstTitle">The title of the table's first column.</param>
    public static IReadOnlyList<string[]> Read(string file, string firstTitle)
    {
        string[] lines = RepositoryFiles.Read(file).Split('\n');
        int heading = Array.FindIndex(lines, line => line.StartsWith('|') && Cells(line)[0] == firstTitle);
        Assert.True(heading >= 0, $"{file}: must hold a table that begins with '{firstTitle}'. Add it.");
        return [.. lines.Skip(heading + 2).TakeWhile(line => line.StartsWith('|')).Select(Cells)];
    }

    /// <summary>Returns the names of a cell that lists them with commas; none for a dash.</summary>
    public static IReadOnlyList<string> Names(string cell) =>
        cell is "–" or "-" ? [] : [.. cell.Split(',').Select(name => name.Trim(' ', '`'))];

    private static string[] Cells(string line) =>
        [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim(' ', '`'))];
}
