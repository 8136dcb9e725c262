using System.Globalization;
using SaeKernels.Factorization;
using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>Prints the result of a sweep.</summary>
internal static class SweepReport
{
    /// <summary>Prints the table of levels, the verdict and its warnings.</summary>
    /// <param name="result">The result.</param>
    /// <param name="folder">Where it was written.</param>
    /// <param name="vectors">Vectors of a repeat.</param>
    /// <param name="width">The width of a vector.</param>
    public static void Write(SweepResult result, SweepFolder folder, long vectors, int width)
    {
        TextWriter output = Console.Out;
        WriteLevels(result, vectors, output);
        WriteMmcs(result.Mmcs, width, output);
        output.WriteLine(VerdictOf(result));
        if (result.LeastAt is int least)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"margin:   {result.Margin:P2} below the better neighbour of {least} at equal error "
                + $"(95 % of bootstrap draws: {result.MarginInterval.Low:P2} to {result.MarginInterval.High:P2}), "
                + $"{result.MarginBits / vectors:G3} bits a vector "
                + $"({result.MarginBitsInterval.Low / vectors:G3} to {result.MarginBitsInterval.High / vectors:G3})"));
        }

        if (double.IsFinite(result.AboveData))
        {
            string agreement = double.IsNaN(result.AgreementPValue)
                ? "whether their dictionaries agree less takes three repeats"
                : $"their dictionaries agree less with {Probability(result.AgreementPValue)}";
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"null:     normal vectors need {result.AboveData:P1} more there "
                + $"({Probability(result.InformationPValue)}); {agreement}"));
        }

        foreach (string warning in result.Warnings)
        {
            output.WriteLine($"warning:  {warning}");
        }

        output.WriteLine(
            $"saved:    {folder.ResultFile}, {folder.FigureFile}, {folder.MapsFile}, and a file for each cell");
    }

    private static string Probability(double p) =>
        p < 1e-6 ? "p < 1E-06" : string.Create(CultureInfo.InvariantCulture, $"p = {p:G2}");

    private static string VerdictOf(SweepResult result) => "verdict:  " + result.Verdict switch
    {
        SweepVerdictKind.Bounce =>
            $"bounce at {result.Latents} (between {result.Bracket.Previous} and {result.Bracket.Next})",
        SweepVerdictKind.NotBracketed => "not bracketed",
        _ => "no bounce",
    };

    private static void WriteLevels(SweepResult result, long vectors, TextWriter output)
    {
        const int MostLevels = 6;
        ErrorLevel[] owned = [.. result.Levels.Where(level => level.Owner is not null)];
        int step = Math.Max(1, (owned.Length + MostLevels - 1) / MostLevels);
        output.WriteLine("total information in bits a vector, at equal error (least: *)");
        output.WriteLine($"({result.Edges.Caption})");
        int[] sizes = [.. result.Cells.Select(cell => cell.Key.Latents).Distinct().Order()];
        output.WriteLine(
            "mse".PadLeft(10) + string.Concat(sizes.Select(size => $"{size,9}")));
        foreach (ErrorLevel level in owned.Where((_, place) => place % step == 0))
        {
            string cells = string.Concat(sizes.Select(size => CellOf(level, size, vectors)));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{level.Mse,10:G3}") + cells);
        }
    }

    private static void WriteMmcs(IReadOnlyList<SizeMmcs> sizes, int width, TextWriter output)
    {
        if (sizes.Count == 0)
        {
            return;
        }

        output.WriteLine("mmcs with the true directions, at the best sparsity of each size (highest: *)");
        Write("recall", size => size.Recall);
        Write("precision", size => size.Precision);
        Write("harmonic", size => size.Harmonic);
        output.WriteLine("by chance".PadLeft(10) + string.Concat(sizes.Select(size => string.Create(
            CultureInfo.InvariantCulture, $"{RandomBaseline.MeanMaxCosine(width, size.Latents),8:F4} ")))
            + " (recall of random directions)");

        void Write(string name, Func<SizeMmcs, double> figure)
        {
            double highest = sizes.Max(figure);
            output.WriteLine(name.PadLeft(10) + string.Concat(sizes.Select(size => string.Create(
                CultureInfo.InvariantCulture, $"{figure(size),8:F4}{(figure(size) == highest ? "*" : " ")}"))));
        }
    }

    private static string CellOf(ErrorLevel level, int size, long vectors) => double.IsNaN(level.Bits[size])
        ? "-".PadLeft(9)
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{level.Bits[size] / vectors,8:F2}{(level.Owner == size ? "*" : " ")}");
}
