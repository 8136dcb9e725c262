namespace SaeKernels.Reference;

/// <summary>
/// Compares what a backend found with what it must find, and remembers the worst element and the first fault.
/// </summary>
internal sealed class Comparison
{
    private readonly string operation;
    private readonly VerificationShape shape;
    private readonly string variant;
    private readonly Dictionary<string, OutputComparison> worst = [];
    private string? fault;

    public Comparison(string operation, VerificationShape shape, string variant = "")
    {
        this.operation = operation;
        this.shape = shape;
        this.variant = variant;
    }

    /// <summary>Compares within the derived bound, or exactly where the inputs are whole numbers.</summary>
    public void Match(string output, long index, double found, Bounded expected) =>
        Near(output, index, found, this.shape.Exactly(expected));

    /// <summary>Compares within the derived bound.</summary>
    public void Near(string output, long index, double found, Bounded expected)
    {
        // Equals holds for two NaN and for two infinities, whose difference is no number.
        bool same = found == expected.Value || found.Equals(expected.Value);
        double error = same ? 0 : Math.Abs(found - expected.Value);
        Record(output, index, error, expected.Bound, found, expected.Value);
    }

    /// <summary>Compares exactly; NaN equals NaN, and −0 equals 0.</summary>
    public void Equal(string output, long index, double found, double expected) =>
        Near(output, index, found, Bounded.Exact(expected));

    /// <summary>Requires that a number is at most another, but for a bound.</summary>
    public void AtMost(string output, long index, double found, double limit, double bound) =>
        Record(output, index, Math.Max(0, found - limit), bound, found, limit);

    /// <summary>Notes that something else was wrong.</summary>
    public void Fail(string what) => this.fault ??= what;

    public VerificationResult Result()
    {
        OutputComparison[] outputs = [.. this.worst.Values];
        OutputComparison most = outputs.Length == 0 ? default : outputs.MaxBy(output => output.Ratio);
        return new VerificationResult(
            this.operation,
            this.variant.Length == 0 ? this.shape.ToString() : $"{this.shape}, {this.variant}",
            most.Error,
            most.Bound,
            most.Ratio,
            this.fault is null,
            this.fault)
        {
            Outputs = outputs,
        };
    }

    private void Record(string output, long index, double error, double bound, double found, double expected)
    {
        double ratio = error == 0 ? 0 : error <= bound || bound > 0 ? error / bound : double.PositiveInfinity;
        ratio = double.IsNaN(ratio) ? double.PositiveInfinity : ratio;
        if (ratio > 1)
        {
            Fail(
                $"{output}[{index}]: must be within {bound:g3} of {expected:g9}, but is {found:g9}, "
                + $"{ratio:g3} bounds away.");
        }

        if (!this.worst.TryGetValue(output, out OutputComparison known) || ratio > known.Ratio)
        {
            this.worst[output] = new OutputComparison(output, index, error, bound, ratio);
        }
    }
}
