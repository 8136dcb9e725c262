using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace SaeKernels.Cli;

/// <summary>Makes options whose faults are told in the command's own words.</summary>
internal static class Options
{
    /// <summary>An option without a value.</summary>
    public static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>An option with a text.</summary>
    public static Option<string?> Text(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value };

    /// <summary>An option with one or more texts, which may be repeated.</summary>
    public static Option<string[]> Texts(string name, string value, string description) => new(name)
    {
        Description = description,
        HelpName = $"{value}...",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary>An option with a number; null where it is not given.</summary>
    public static Option<T?> Number<T>(string name, string value, string description)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            HelpName = value,
            CustomParser = result => ParseNumber<T>(name, result.Tokens[0].Value, result),
        };

    /// <summary>An option with numbers, separated by commas; null where it is not given.</summary>
    public static Option<T[]?> NumberList<T>(string name, string value, string description)
        where T : struct, INumber<T>, IMinMaxValue<T> => new(name)
        {
            Description = description,
            HelpName = value,
            CustomParser = result =>
                [.. result.Tokens[0].Value.Split(',').Select(text => ParseNumber<T>(name, text, result) ?? T.Zero)],
        };

    /// <summary>An option with one of the members of an enumeration, written in lower case with hyphens.</summary>
    public static Option<T?> Choice<T>(string name, string value, string description)
        where T : struct, Enum => new(name)
        {
            Description = description,
            HelpName = value,
            CustomParser = result => ParseChoice<T>(name, result),
        };

    /// <summary>How a member of an enumeration is written.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static T? ParseNumber<T>(string name, string text, ArgumentResult result)
        where T : struct, INumber<T>, IMinMaxValue<T>
    {
        const NumberStyles Style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        // 6e6 is a whole number too.
        if (T.TryParse(text, Style, CultureInfo.InvariantCulture, out T number))
        {
            return number;
        }

        string wanted = T.IsInteger(T.One / (T.One + T.One)) ? $"a whole number{RangeOf<T>(text)}" : "a number";
        result.AddError($"{name}: must be {wanted}, but is '{text}'. Write it in digits, such as {WholeExample<T>()}.");
        return null;
    }

    /// <summary>The range of a type, where a text is a number and only too large or too small for it.</summary>
    private static string RangeOf<T>(string text)
        where T : struct, INumber<T>, IMinMaxValue<T> =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && (number < 0 || number >= double.CreateSaturating(T.MaxValue))
            ? string.Create(CultureInfo.InvariantCulture, $" from {T.MinValue} to {T.MaxValue}")
            : string.Empty;

    private static string WholeExample<T>()
        where T : struct, INumber<T> => T.IsInteger(T.One / (T.One + T.One)) ? "64" : "0.001";

    private static T? ParseChoice<T>(string name, ArgumentResult result)
        where T : struct, Enum
    {
        string text = result.Tokens[0].Value;
        Dictionary<string, T> known = Enum.GetValues<T>().ToDictionary(NameOf, StringComparer.Ordinal);
        if (known.TryGetValue(text, out T choice))
        {
            return choice;
        }

        result.AddError(
            $"{name}: must be one of {string.Join(", ", known.Keys)}, but is '{text}'. Choose one of them.");
        return null;
    }
}
