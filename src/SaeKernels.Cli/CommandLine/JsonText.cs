using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeKernels.Cli;

/// <summary>How JSON is written on standard output.</summary>
internal static class JsonText
{
    // Words of any language stay readable; the text goes to no web page.
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Returns the text of an object.</summary>
    public static string Of(JsonObject value) => value.ToJsonString(Options);

    /// <summary>Returns a number, or its name where JSON has no such number: <c>NaN</c>, <c>Infinity</c>.</summary>
    public static JsonNode Number(double value) => double.IsFinite(value)
        ? JsonValue.Create(value)
        : JsonValue.Create(value.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
