using System.CommandLine;
using System.Text.Json;

namespace SaeKernels.Cli;

/// <summary>One run of a grid.</summary>
/// <param name="Name">Its folder: the options that the grid lists, with its values.</param>
/// <param name="Options">The command line with these values.</param>
internal sealed record GridCell(string Name, ParseResult Options)
{
    private const int MostCells = 1000;
    private const string On = "true";
    private const string Off = "false";

    /// <summary>Reads the combinations of a file, the last option varying fastest.</summary>
    /// <param name="path">The file: an object of long option names, each with a list of values.</param>
    /// <param name="commandLine">Options that all runs share.</param>
    /// <exception cref="ArgumentException">The file is no grid.</exception>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    public static GridCell[] Read(string path, ParseResult commandLine)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path}: must be a JSON file with lists of options, but does not exist. Check the path.", path);
        }

        Dictionary<string, string[]> lists = ReadLists(path);
        IEnumerable<(string Name, string Value)[]> combinations = [[]];
        foreach ((string name, string[] values) in lists)
        {
            combinations = combinations.SelectMany(_ => values, (before, value) =>
                ((string Name, string Value)[])[.. before, (name, value)]);
        }

        (string Name, string Value)[][] cells = [.. combinations.Take(MostCells + 1)];
        if (cells.Length > MostCells)
        {
            throw new ArgumentException(
                $"{path}: must describe at most {MostCells} runs, but describes more. Shorten a list.");
        }

        return [.. cells.Select(cell => new GridCell(NameOf(cell), Parse(path, commandLine, cell)))];
    }

    private static Dictionary<string, string[]> ReadLists(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
            Dictionary<string, string[]> lists = new(StringComparer.Ordinal);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                string[] values = property.Value.ValueKind == JsonValueKind.Array
                    ? [.. property.Value.EnumerateArray().Select(TextOf)]
                    : [TextOf(property.Value)];
                lists.Add(property.Name, values.Length > 0 && values.Distinct().Count() == values.Length
                    ? values
                    : throw new ArgumentException(
                        $"{path}: {property.Name} must be a list of different values, but is "
                        + $"{property.Value.GetRawText()}. Mend it."));
            }

            return lists.Count > 0
                ? lists
                : throw new ArgumentException($"{path}: must list an option, but is empty. Write {{\"k\": [16, 32]}}.");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            throw new ArgumentException(
                $"{path}: must be a JSON object of lists, but cannot be read: {fault.Message} Write "
                + "{\"k\": [16, 32]}.",
                fault);
        }
    }

    private static string TextOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => On,
        JsonValueKind.False => Off,
        _ => value.ToString(),
    };

    private static string NameOf((string Name, string Value)[] cell) => string.Join(
        '_', cell.Select(part => $"{part.Name}-{string.Concat(part.Value.Select(SafeInFile))}"));

    private static char SafeInFile(char letter) =>
        char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '+';

    private static ParseResult Parse(string path, ParseResult commandLine, (string Name, string Value)[] cell)
    {
        Command verb = commandLine.CommandResult.Command;
        foreach ((string name, _) in cell)
        {
            bool isKnown = verb.Options.Any(option => option.Name == $"--{name}");
            if (!isKnown || name is "out" or "data" or "grid" or "config")
            {
                throw new ArgumentException(
                    $"{path}: every key must be a long option of sae {verb.Name} that runs may differ in, but {name} "
                    + "is not. See sae train --help.");
            }

            if (commandLine.Tokens.Any(token => token.Value == $"--{name}"))
            {
                throw new ArgumentException(
                    $"{path}: lists {name}, which the command line must not give too, but --{name} is there. Leave one "
                    + "out.");
            }
        }

        ParseResult parsed = commandLine.RootCommandResult.Command.Parse(
            [
                .. commandLine.Tokens.Select(token => token.Value),
                .. cell.SelectMany(part => ArgumentsOf(verb, part)),
            ],
            commandLine.Configuration);
        return parsed.Errors.Count == 0
            ? parsed
            : throw new ArgumentException($"{path}: {parsed.Errors[0].Message}");
    }

    // An option without a value is there or not.
    private static string[] ArgumentsOf(Command verb, (string Name, string Value) part)
    {
        string name = $"--{part.Name}";
        bool isFlag = verb.Options.Any(option => option.Name == name && option.Arity.MaximumNumberOfValues == 0);
        return (isFlag, part.Value) switch
        {
            (true, On) => [name],
            (true, Off) => [],
            _ => [name, part.Value],
        };
    }
}
