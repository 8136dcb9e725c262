namespace SaeKernels.Cli;

/// <summary>Command lines as a person can paste them into a shell.</summary>
internal static class CommandText
{
    /// <summary>Returns a line that runs this very command with other arguments.</summary>
    public static string Of(params IReadOnlyList<string> arguments) =>
        string.Join(' ', [Program(), .. arguments.Select(Quote)]);

    /// <summary>Returns text that may be a file's, with marks in the place of what would command a terminal.</summary>
    public static string Plain(string text) =>
        string.Create(text.Length, text, (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] = char.IsControl(from[i]) ? '\uFFFD' : from[i];
            }
        });

    private static string Program()
    {
        string process = Environment.ProcessPath ?? "sae";
        if (Path.GetFileNameWithoutExtension(process) == "sae")
        {
            string? folder = Path.GetDirectoryName(process);
            string[] searched = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
            return folder is not null && searched.Contains(folder) ? "sae" : Quote(Shorten(process));
        }

        // Run as "dotnet sae.dll".
        return $"dotnet {Quote(Shorten(Path.Combine(AppContext.BaseDirectory, "sae.dll")))}";
    }

    private static string Shorten(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(relative)
            ? path
            : Path.Combine(".", relative);
    }

    private static string Quote(string text) =>
        text.Length > 0
            && text.All(c => char.IsAsciiLetterOrDigit(c) || "-_./\\:=+,".Contains(c, StringComparison.Ordinal))
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
