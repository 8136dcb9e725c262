namespace SaeKernels.Reference;

/// <summary>A sum that float32 may take in any order; see <see cref="Bounded"/>.</summary>
internal struct BoundedSum
{
    private double value;
    private double low;
    private double high;
    private double magnitudes;
    private int terms;

    /// <summary>The sum of the terms so far.</summary>
    public readonly Bounded Total =>
        this.terms == 0
            ? default
            : new Bounded(this.value, this.low, this.high).WidenBySum(this.terms, this.magnitudes);

    public void Add(Bounded term)
    {
        // Adding an exact zero rounds nothing, so it does not count as a term.
        if (term.Magnitude == 0)
        {
            return;
        }

        this.value += term.Value;
        this.low += term.Low;
        this.high += term.High;
        this.magnitudes += term.Magnitude;
        this.terms++;
    }
}
