namespace SaeKernels.Factorization;

/// <summary>Total information of one size and repeat as a function of the error; linear in log MSE between
/// cells.</summary>
internal sealed class InformationCurve
{
    private readonly (double LogMse, double Bits)[] points;

    /// <summary>Takes the converged cells of a size and repeat.</summary>
    public InformationCurve(IEnumerable<SweepCell> cells) => this.points =
    [
        .. cells.Where(cell => cell.IsConverged && cell.Mse > 0)
            .Select(cell => (Math.Log(cell.Mse), cell.TotalBits))
            .OrderBy(point => point.Item1),
    ];

    /// <summary>Returns the bits at a level; NaN outside the curve.</summary>
    public double At(double mse)
    {
        double level = Math.Log(mse);
        for (int i = 0; i + 1 < this.points.Length; i++)
        {
            (double left, double leftBits) = this.points[i];
            (double right, double rightBits) = this.points[i + 1];
            if (level >= left && level <= right && right > left)
            {
                double share = (level - left) / (right - left);
                return (leftBits * (1 - share)) + (rightBits * share);
            }
        }

        return double.NaN;
    }

    /// <summary>
    /// Returns the bits at a level, and those of the cell with the least error at a smaller one: the curve lies higher
    /// there, so this never flatters what is held against it.
    /// </summary>
    public double AtLeast(double mse) =>
        this.points.Length > 0 && Math.Log(mse) < this.points[0].LogMse ? this.points[0].Bits : At(mse);
}
