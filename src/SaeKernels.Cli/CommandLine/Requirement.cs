using System.Globalization;
using System.Text.RegularExpressions;

namespace SaeKernels.Cli;

/// <summary>A bar that a figure must clear, such as <c>fvu&lt;=0.2</c>.</summary>
/// <param name="Figure">The name of the figure.</param>
/// <param name="Comparison">One of &lt;=, &lt;, &gt;=, &gt; and ==.</param>
/// <param name="Bar">The number on the right.</param>
internal sealed partial record Requirement(string Figure, string Comparison, double Bar)
{
    /// <summary>Reads a bar.</summary>
    /// <exception cref="ArgumentException">The text is not one, or the figure is not known.</exception>
    public static Requirement Parse(string text, IReadOnlyCollection<string> figures)
    {
        Match match = Form().Match(text);
        if (!match.Success
            || !double.TryParse(
                match.Groups["bar"].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double bar)
            || double.IsNaN(bar))
        {
            throw new ArgumentException(
                $"--require: must be a figure, one of <= < >= > ==, and a number, but is '{text}'. "
                + "Write it in quotes, such as --require \"fvu<=0.2\".");
        }

        string figure = match.Groups["figure"].Value;
        return figures.Contains(figure)
            ? new Requirement(figure, match.Groups["comparison"].Value, bar)
            : throw new ArgumentException(
                $"--require: the figure must be one of {string.Join(", ", figures)}, but is '{figure}'. Choose one of "
                + "them.");
    }

    /// <summary>Returns whether a value clears the bar; a NaN clears none.</summary>
    public bool IsMetBy(double value) => this.Comparison switch
    {
        "<=" => value <= this.Bar,
        "<" => value < this.Bar,
        ">=" => value >= this.Bar,
        ">" => value > this.Bar,
        _ => value == this.Bar,
    };

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{this.Figure} {this.Comparison} {this.Bar:R}");

    [GeneratedRegex(
        @"^\s*(?<figure>\w+)\s*(?<comparison><=|>=|==|<|>)\s*(?<bar>\S+)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
