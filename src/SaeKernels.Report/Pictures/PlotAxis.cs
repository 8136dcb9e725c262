namespace SaeKernels.Report;

/// <summary>
/// One direction of a chart: numbers from low to high, or exponents of 10, lie between two places in pixels.
/// </summary>
internal readonly record struct PlotAxis(double Low, double High, double From, double To, bool IsPower = false)
{
    public double this[double value] =>
        this.From + ((value - this.Low) / (this.High > this.Low ? this.High - this.Low : 1) * (this.To - this.From));

    /// <summary>Round numbers between the bounds; powers of ten where the numbers are exponents.</summary>
    public IReadOnlyList<double> Ticks(int wanted)
    {
        double rough = (this.High - this.Low) / wanted;
        if (!(rough > 0) || !double.IsFinite(rough))
        {
            return [this.Low];
        }

        if (this.IsPower && rough < 1)
        {
            return PowerTicks(wanted);
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = new double[] { 1, 2, 5, 10 }.Select(factor => factor * power).First(one => one >= rough * 0.999);
        step = this.IsPower ? Math.Max(1, step) : step;
        List<double> ticks = [];
        for (double i = Math.Ceiling((this.Low / step) - 1e-9); i * step <= this.High + (step * 1e-9); i++)
        {
            // Adding 0 makes 0 of −0.
            ticks.Add((i * step) + 0.0);
        }

        return ticks;
    }

    public string TextOf(double value) => NumberText.Short(this.IsPower ? Math.Pow(10, value) : value);

    /// <summary>Whole powers, with 2 and 5 between where there is room.</summary>
    private List<double> PowerTicks(int wanted)
    {
        (double low, double high) = (this.Low, this.High);
        IEnumerable<double> With(double[] factors) =>
            Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
                .SelectMany(power => factors.Select(factor => power + Math.Log10(factor)))
                .Where(at => at >= low && at <= high);
        List<double> fine = [.. With([1, 2, 5])];
        return fine.Count <= wanted + 2 ? fine : [.. With([1])];
    }
}
