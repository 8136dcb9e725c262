using System.Globalization;
using System.Text;

namespace SaeKernels.Factorization;

/// <summary>
/// Draws the plane of error against total information as an SVG picture: one curve a size, the mean of the repeats, and
/// the size that has the least information at most levels marked.
/// </summary>
public static class PlaneFigure
{
    private const int Width = 760;
    private const int Height = 460;
    private const int Left = 70;
    private const int Right = 640;
    private const int Top = 40;
    private const int Bottom = 400;

    /// <summary>Draws a result.</summary>
    /// <param name="result">The result.</param>
    /// <param name="vectors">The vectors a repeat has: information is drawn for each of them.</param>
    /// <returns>The text of the picture; it refers to nothing outside itself.</returns>
    public static string Draw(SweepResult result, long vectors)
    {
        ArgumentNullException.ThrowIfNull(result);
        List<Curve> curves =
        [
            .. result.Cells
                .GroupBy(cell => (cell.Key.IsNull, cell.Key.Latents))
                .Select(group => new Curve(group.Key.IsNull, group.Key.Latents, PointsOf(group, vectors))),
        ];
        Axes axes = new(curves);
        StringBuilder svg = new();
        Append(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" ");
        Append(svg, $"font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n");
        Append(svg, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>\n");
        Append(svg, $"<text x=\"{Left}\" y=\"22\" font-size=\"14\">{TitleOf(result)}</text>\n");
        AppendAxes(svg, axes);
        Append(svg, $"<text x=\"{Left}\" y=\"{Height - 4}\" font-size=\"10\">{result.Edges.Caption}</text>\n");
        int[] sizes = [.. curves.Where(curve => !curve.IsNull).Select(curve => curve.Latents).Order()];
        foreach (Curve curve in curves.OrderBy(curve => curve.Latents == result.LeastAt && !curve.IsNull))
        {
            AppendCurve(svg, curve, axes, ColorOf(curve, sizes, result.LeastAt), curve.Latents == result.LeastAt);
        }

        AppendLegend(svg, sizes, result.LeastAt, curves.Exists(curve => curve.IsNull));
        return svg.Append("</svg>\n").ToString();
    }

    private static string TitleOf(SweepResult result) => result.Verdict switch
    {
        SweepVerdictKind.Bounce => string.Create(
            CultureInfo.InvariantCulture,
            $"bounce at {result.Latents}: {result.Margin:P1} below the next size at equal error"),
        SweepVerdictKind.NotBracketed => $"not bracketed: least at {result.LeastAt}, an end of the grid",
        _ => "no bounce",
    };

    private static List<(double Mse, double Bits)> PointsOf(IEnumerable<SweepCell> cells, long vectors) =>
    [
        .. cells.Where(cell => cell.Mse > 0 && cell.TotalBits > 0)
            .GroupBy(cell => cell.Key.Sparsity)
            .Select(group => (
                Math.Exp(group.Average(cell => Math.Log(cell.Mse))),
                Math.Exp(group.Average(cell => Math.Log(cell.TotalBits))) / vectors))
            .OrderBy(point => point.Item1),
    ];

    private static string ColorOf(Curve curve, int[] sizes, int? leastAt)
    {
        if (curve.IsNull)
        {
            return "#bbb";
        }

        if (curve.Latents == leastAt)
        {
            return "#d1242f";
        }

        double place = sizes.Length < 2 ? 0 : (double)Array.IndexOf(sizes, curve.Latents) / (sizes.Length - 1);
        return string.Create(CultureInfo.InvariantCulture, $"hsl({200 + (80 * place):F0},60%,{35 + (20 * place):F0}%)");
    }

    private static void AppendAxes(StringBuilder svg, Axes axes)
    {
        Append(svg, $"<path d=\"M{Left} {Top}V{Bottom}H{Right}\" fill=\"none\" stroke=\"#222\"/>\n");
        foreach (double mse in axes.ErrorTicks)
        {
            Append(svg, $"<path d=\"M{axes.X(mse):F1} {Bottom}v5\" stroke=\"#222\"/>");
            Append(svg, $"<text x=\"{axes.X(mse):F1}\" y=\"{Bottom + 18}\" text-anchor=\"middle\">{mse:G2}</text>\n");
        }

        foreach (double bits in axes.BitTicks)
        {
            Append(svg, $"<path d=\"M{Left} {axes.Y(bits):F1}h-5\" stroke=\"#222\"/>");
            Append(svg, $"<text x=\"{Left - 8}\" y=\"{axes.Y(bits) + 4:F1}\" text-anchor=\"end\">{bits:G4}</text>\n");
        }

        Append(svg, $"<text x=\"{(Left + Right) / 2}\" y=\"{Bottom + 42}\" text-anchor=\"middle\">");
        Append(svg, $"mse of a vector</text>\n");
        Append(svg, $"<text transform=\"translate(18 {(Top + Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">");
        Append(svg, $"total information, bits a vector</text>\n");
    }

    private static void AppendCurve(StringBuilder svg, Curve curve, Axes axes, string color, bool isOwner)
    {
        string path = string.Join(' ', curve.Points.Select(point => string.Create(
            CultureInfo.InvariantCulture, $"{axes.X(point.Mse):F1},{axes.Y(point.Bits):F1}")));
        string width = isOwner && !curve.IsNull ? "3" : "1.5";
        string dash = curve.IsNull ? " stroke-dasharray=\"4 3\"" : string.Empty;
        Append(svg, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\"{dash}/>\n");
        foreach ((double mse, double bits) in curve.Points)
        {
            Append(
                svg,
                $"<circle cx=\"{axes.X(mse):F1}\" cy=\"{axes.Y(bits):F1}\" r=\"{width}\" fill=\"{color}\"/>");
        }

        svg.Append('\n');
    }

    private static void AppendLegend(StringBuilder svg, int[] sizes, int? leastAt, bool hasNull)
    {
        int y = Top + 10;
        foreach (int size in sizes)
        {
            string color = ColorOf(new Curve(false, size, []), sizes, leastAt);
            string text = size == leastAt ? $"{size} latents, least" : $"{size} latents";
            string weight = size == leastAt ? " font-weight=\"bold\"" : string.Empty;
            Append(svg, $"<path d=\"M{Right + 8} {y - 4}h16\" stroke=\"{color}\" stroke-width=\"3\"/>");
            Append(svg, $"<text x=\"{Right + 30}\" y=\"{y}\"{weight}>{text}</text>\n");
            y += 18;
        }

        if (hasNull)
        {
            Append(svg, $"<path d=\"M{Right + 8} {y - 4}h16\" stroke=\"#bbb\" stroke-dasharray=\"4 3\"/>");
            Append(svg, $"<text x=\"{Right + 30}\" y=\"{y}\">normal vectors</text>\n");
        }
    }

    private static void Append(StringBuilder svg, FormattableString text) =>
        svg.Append(text.ToString(CultureInfo.InvariantCulture));

    private sealed record Curve(bool IsNull, int Latents, List<(double Mse, double Bits)> Points);

    /// <summary>Logarithmic axes that take in all curves.</summary>
    private sealed class Axes
    {
        private readonly double lowError;
        private readonly double highError;
        private readonly double lowBits;
        private readonly double highBits;

        public Axes(List<Curve> curves)
        {
            List<(double Mse, double Bits)> points = [.. curves.SelectMany(curve => curve.Points)];
            (this.lowError, this.highError) = RangeOf(points.ConvertAll(point => point.Mse));
            (this.lowBits, this.highBits) = RangeOf(points.ConvertAll(point => point.Bits));
        }

        public IEnumerable<double> ErrorTicks => Ticks(this.lowError, this.highError);

        public IEnumerable<double> BitTicks => Ticks(this.lowBits, this.highBits);

        public double X(double mse) =>
            Left + ((Right - Left) * Math.Log(mse / this.lowError) / Math.Log(this.highError / this.lowError));

        public double Y(double bits) =>
            Bottom - ((Bottom - Top) * Math.Log(bits / this.lowBits) / Math.Log(this.highBits / this.lowBits));

        private static (double Low, double High) RangeOf(List<double> values)
        {
            const double Room = 1.08;
            return values.Count == 0 ? (1, 10) : (values.Min() / Room, values.Max() * Room);
        }

        private static IEnumerable<double> Ticks(double low, double high)
        {
            double[] steps = high / low > 30 ? [1, 3] : [1, 1.5, 2, 3, 5, 7];
            for (double decade = Math.Pow(10, Math.Floor(Math.Log10(low))); decade < high; decade *= 10)
            {
                foreach (double tick in steps.Select(step => step * decade).Where(tick => tick >= low && tick <= high))
                {
                    yield return tick;
                }
            }
        }
    }
}
