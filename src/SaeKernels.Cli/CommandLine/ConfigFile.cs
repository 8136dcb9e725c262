using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace SaeKernels.Cli;

/// <summary>Options from a JSON object whose keys are their long names without hyphens in front.</summary>
internal static class ConfigFile
{
    private static readonly JsonDocumentOptions Json = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
    };

    /// <summary>Parses the command line again with the options of the file that it does not give itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="commandLine">The command line as it was typed.</param>
    /// <param name="excluding">For an option, another one that takes its place when it is typed; or null.</param>
    /// <exception cref="ArgumentException">A key or a value is not an option of the verb.</exception>
    /// <exception cref="FileNotFoundException">The file is not there.</exception>
    public static ParseResult Merge(string path, ParseResult commandLine, Func<string, string?> excluding)
    {
        Command verb = commandLine.CommandResult.Command;
        Dictionary<string, Option> known =
            verb.Options.ToDictionary(option => option.Name[2..], StringComparer.Ordinal);
        _ = known.Remove("config");
        List<string> arguments = [.. commandLine.Tokens.Select(token => token.Value)];
        using JsonDocument document = Read(path);
        List<JsonProperty> properties = [.. document.RootElement.EnumerateObject()];
        List<string> unknown =
            [.. properties.Select(property => property.Name).Where(name => !known.ContainsKey(name))];
        if (unknown.Count > 0)
        {
            throw new ArgumentException(
                $"{path}: every key must be a long option of sae {verb.Name}, but {string.Join(", ", unknown)} "
                + $"{(unknown.Count == 1 ? "is" : "are")} not. The keys are "
                + $"{string.Join(", ", known.Keys.Order(StringComparer.Ordinal))}.");
        }

        foreach (JsonProperty property in properties)
        {
            string? other = excluding($"--{property.Name}");
            if (!IsTyped(known[property.Name]) && !(other is not null && IsTyped(known[other[2..]])))
            {
                arguments.AddRange(ToArguments(path, property));
            }
        }

        ParseResult merged = commandLine.RootCommandResult.Command.Parse(arguments, commandLine.Configuration);
        return merged.Errors.Count == 0 ? merged : throw new ArgumentException($"{path}: {merged.Errors[0].Message}");

        bool IsTyped(Option option) => commandLine.GetResult(option) is OptionResult { Implicit: false };
    }

    private static JsonDocument Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path}: must be a JSON file with options, but does not exist. Check the path.", path);
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(File.ReadAllText(path), Json);
        }
        catch (JsonException exception)
        {
            throw new ArgumentException(
                $"{path}: must be a JSON object, but cannot be read: {exception.Message}", exception);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        JsonValueKind kind = document.RootElement.ValueKind;
        document.Dispose();
        throw new ArgumentException(
            $"{path}: must be a JSON object, but is {kind}. Write {{\"latents\": 1024, \"k\": 16}}.");
    }

    private static IEnumerable<string> ToArguments(string path, JsonProperty property)
    {
        string option = $"--{property.Name}";
        JsonElement value = property.Value;
        return value.ValueKind switch
        {
            JsonValueKind.True => [option],
            JsonValueKind.False => [],
            JsonValueKind.Number => [option, value.GetRawText()],
            JsonValueKind.String => [option, value.GetString()!],
            JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
                [option, .. value.EnumerateArray().Select(item => item.GetString()!)],
            _ => throw new ArgumentException(
                $"{path}: {property.Name} must be a text, a number, true, false or a list of texts, but is "
                + $"{value.GetRawText()}. Mend it."),
        };
    }
}
