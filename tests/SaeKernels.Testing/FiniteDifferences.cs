namespace SaeKernels.Testing;

/// <summary>Gradients by central differences, in float64.</summary>
public static class FiniteDifferences
{
    /// <summary>
    /// Returns (f(x + h) − f(x − h)) / 2h for every parameter; exact but for rounding where f is quadratic in each.
    /// </summary>
    /// <param name="parameters">The point; unchanged on return.</param>
    /// <param name="loss">The function of the parameters.</param>
    /// <param name="step">h.</param>
    public static double[] Central(double[] parameters, Func<double> loss, double step)
    {
        double[] gradient = new double[parameters.Length];
        for (int i = 0; i < parameters.Length; i++)
        {
            double kept = parameters[i];
            parameters[i] = kept + step;
            double width = parameters[i];
            double above = loss();
            parameters[i] = kept - step;
            width -= parameters[i];
            double below = loss();
            parameters[i] = kept;
            gradient[i] = (above - below) / width;
        }

        return gradient;
    }

    /// <summary>
    /// Returns (4 · central(h) − central(2h)) / 3 for every parameter: of a smooth f it is wrong by about h⁴ and
    /// rounding, so that steps can be large.
    /// </summary>
    /// <param name="parameters">The point; unchanged on return.</param>
    /// <param name="loss">The function of the parameters.</param>
    /// <param name="step">h.</param>
    public static double[] FourthOrder(double[] parameters, Func<double> loss, double step) =>
    [
        .. Central(parameters, loss, step).Zip(
            Central(parameters, loss, 2 * step), (near, far) => ((4 * near) - far) / 3),
    ];
}
