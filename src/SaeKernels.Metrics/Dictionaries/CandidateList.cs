namespace SaeKernels.Metrics;

/// <summary>The columns of one row of a table with the largest sums of score and price, the largest first.</summary>
/// <remarks>
/// Where prices fall later, <see cref="Rest"/> and the values of listed columns stay bounds from above.
/// </remarks>
internal sealed class CandidateList(int size)
{
    private readonly Candidate[] candidates = new Candidate[size];
    private int count;

    /// <summary>The columns that are listed.</summary>
    public ReadOnlySpan<Candidate> Listed => this.candidates.AsSpan(0, this.count);

    /// <summary>No other column has a larger sum of score and price: −∞ while there may be none.</summary>
    public double Rest { get; private set; } = double.NegativeInfinity;

    /// <summary>Forgets all columns.</summary>
    public void Clear()
    {
        this.count = 0;
        this.Rest = double.NegativeInfinity;
    }

    /// <summary>Lists a column if it is among the best so far; of equals the first one stays.</summary>
    public void Offer(int column, float score, double price)
    {
        double value = score + price;
        if (value <= this.Rest)
        {
            return;
        }

        int place = this.count < this.candidates.Length ? this.count++ : this.count - 1;
        for (; place > 0 && this.candidates[place - 1].Value < value; place--)
        {
            this.candidates[place] = this.candidates[place - 1];
        }

        this.candidates[place] = new Candidate(value, score, column);
        if (this.count == this.candidates.Length)
        {
            this.Rest = this.candidates[^1].Value;
        }
    }

    /// <summary>A column, its score, and what score and price were together when it was listed.</summary>
    public readonly record struct Candidate(double Value, float Score, int Column);
}
