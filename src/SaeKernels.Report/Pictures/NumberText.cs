using System.Globalization;

namespace SaeKernels.Report;

/// <summary>Numbers as people read them: the exact ones are in the JSON and the tips.</summary>
internal static class NumberText
{
    public static string Short(double value)
    {
        double size = Math.Abs(value);
        return !double.IsFinite(value) ? "–"
            : size is >= 1e6 or (< 1e-3 and > 0) ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
            : size >= 1000 ? value.ToString("#,0", CultureInfo.InvariantCulture)
            : value.ToString("G3", CultureInfo.InvariantCulture);
    }

    public static string Percent(double share) => $"{Short(share * 100)} %";

    public static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
