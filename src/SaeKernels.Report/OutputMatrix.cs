namespace SaeKernels.Report;

/// <summary>The matrix that turns activations into logits, and the pieces that the logits belong to.</summary>
public sealed class OutputMatrix
{
    private const int Shown = 10;
    private const int Bins = 40;
    private readonly float[] weights;
    private readonly IReadOnlyList<string> pieces;
    private readonly int dIn;

    /// <summary>Takes a matrix.</summary>
    /// <param name="weights">The matrix, row-major [pieces, DIn].</param>
    /// <param name="pieces">The pieces of the vocabulary; no more are used than the matrix has rows.</param>
    /// <param name="dIn">The width of a row.</param>
    /// <exception cref="ArgumentException">The matrix is not as wide, or has no row.</exception>
    public OutputMatrix(float[] weights, IReadOnlyList<string> pieces, int dIn)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(pieces);
        if (dIn < 1 || weights.Length == 0 || weights.Length % dIn != 0)
        {
            throw new ArgumentException(
                $"OutputMatrix: weights must hold whole rows of DIn = {dIn} numbers, but hold {weights.Length}. "
                + "Pass the matrix with one row for each piece.");
        }

        this.weights = weights;
        this.pieces = pieces;
        this.dIn = dIn;
    }

    /// <summary>What a direction adds to the logits, less their median; sums in float64.</summary>
    internal LogitWeights Of(ReadOnlySpan<float> direction)
    {
        double[] logits = new double[this.weights.Length / this.dIn];
        for (int piece = 0; piece < logits.Length; piece++)
        {
            ReadOnlySpan<float> row = this.weights.AsSpan(piece * this.dIn, this.dIn);
            double sum = 0;
            for (int d = 0; d < this.dIn; d++)
            {
                sum += (double)direction[d] * row[d];
            }

            logits[piece] = sum;
        }

        Shift(logits);
        int[] order = [.. Enumerable.Range(0, logits.Length).OrderByDescending(piece => logits[piece])];
        int shown = Math.Min(Shown, order.Length);
        return new LogitWeights(
            [.. order[..shown].Select(piece => ValueOf(piece, logits))],
            [.. order[^shown..].Reverse().Select(piece => ValueOf(piece, logits))],
            Histogram(logits, logits[order[^1]], logits[order[0]]));
    }

    private static void Shift(double[] logits)
    {
        double[] sorted = [.. logits.Order()];
        double median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        for (int piece = 0; piece < logits.Length; piece++)
        {
            logits[piece] -= median;
        }
    }

    private static BinnedCounts Histogram(double[] logits, double low, double high)
    {
        int[] counts = new int[Bins];
        double width = high > low ? high - low : 1;
        foreach (double logit in logits)
        {
            counts[Math.Clamp((int)((logit - low) * Bins / width), 0, Bins - 1)]++;
        }

        return new BinnedCounts(low, low + width, counts);
    }

    private PieceValue ValueOf(int piece, double[] logits) =>
        new(piece < this.pieces.Count ? this.pieces[piece] : $"#{piece}", logits[piece]);
}
