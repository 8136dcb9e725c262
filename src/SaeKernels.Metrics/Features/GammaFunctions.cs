namespace SaeKernels.Metrics;

/// <summary>ln Γ and its derivatives for positive numbers.</summary>
/// <remarks>
/// Recurrences up to 10, then the asymptotic series (Abramowitz and Stegun 6.1.40, 6.3.18, 6.4.12); errors below 1e-10.
/// </remarks>
internal static class GammaFunctions
{
    private const double Asymptotic = 10;

    public static double LogGamma(double x)
    {
        double shift = 0;
        for (; x < Asymptotic; x++)
        {
            shift -= Math.Log(x);
        }

        double inverse = 1 / (x * x);
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI))
            + (((1.0 / 12) - (inverse * ((1.0 / 360) - (inverse * ((1.0 / 1260) - (inverse / 1680)))))) / x);
    }

    public static double Digamma(double x)
    {
        double shift = 0;
        for (; x < Asymptotic; x++)
        {
            shift -= 1 / x;
        }

        double inverse = 1 / (x * x);
        return shift + Math.Log(x) - (0.5 / x)
            - (inverse * ((1.0 / 12) - (inverse * ((1.0 / 120) - (inverse * ((1.0 / 252) - (inverse / 240)))))));
    }

    public static double Trigamma(double x)
    {
        double shift = 0;
        for (; x < Asymptotic; x++)
        {
            shift += 1 / (x * x);
        }

        double inverse = 1 / (x * x);
        return shift + (1 / x) + (0.5 * inverse)
            + (inverse / x * ((1.0 / 6) - (inverse * ((1.0 / 30) - (inverse * ((1.0 / 42) - (inverse / 30)))))));
    }
}
