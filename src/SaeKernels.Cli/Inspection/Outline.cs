using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeKernels.Cli;

/// <summary>Prints a JSON object for people: a name and a value in each line, objects indented.</summary>
internal static class Outline
{
    private const int NameWidth = 24;

    /// <summary>Writes an object.</summary>
    public static void Write(JsonObject value, TextWriter output, int depth = 0)
    {
        string indent = new(' ', depth * 2);
        foreach ((string key, JsonNode? member) in value)
        {
            string name = CommandText.Plain(key);
            if (member is JsonObject { Count: > 0 } part)
            {
                output.WriteLine($"{indent}{name}");
                Write(part, output, depth + 1);
            }
            else
            {
                output.WriteLine($"{indent}{name.PadRight(Math.Max(1, NameWidth - indent.Length))} {TextOf(member)}");
            }
        }
    }

    private static string TextOf(JsonNode? value) => value switch
    {
        null => "-",
        JsonArray items => string.Join(", ", items.Select(TextOf)),
        _ => value.GetValueKind() switch
        {
            JsonValueKind.String => CommandText.Plain(value.GetValue<string>()),
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            _ => value.ToJsonString(),
        },
    };
}
