using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>
/// Chooses some of a stream of vectors without replacement, each draw with a chance in proportion to the square of the
/// loss.
/// </summary>
/// <remarks>
/// Each vector draws an exponential waiting time of rate loss²; those that wait least are chosen. What is chosen
/// depends on the order of the vectors and the sequence alone, not on how the stream is cut. Source: Efraimidis and
/// Spirakis 2006, "Weighted random sampling with a reservoir".
/// </remarks>
internal sealed class HighLossVectors
{
    private readonly int count;
    private readonly PriorityQueue<float[], double> longestFirst = new();
    private RandomSequence random;

    /// <summary>Begins a choice.</summary>
    /// <param name="count">How many are wanted; at least 1.</param>
    /// <param name="random">Where waiting times are drawn from.</param>
    public HighLossVectors(int count, RandomSequence random)
    {
        this.count = count;
        this.random = random;
    }

    /// <summary>Offers the next vector.</summary>
    /// <param name="vector">The vector; copied where it is kept.</param>
    /// <param name="loss">Its loss; a vector without loss is never chosen.</param>
    public void Offer(ReadOnlySpan<float> vector, double loss)
    {
        double wait = -Math.Log(1 - this.random.NextDouble()) / (loss * loss);
        if (!(wait < double.PositiveInfinity))
        {
            return;
        }

        if (this.longestFirst.Count < this.count)
        {
            this.longestFirst.Enqueue(vector.ToArray(), -wait);
        }
        else if (this.longestFirst.TryPeek(out float[]? _, out double longest) && wait < -longest)
        {
            this.longestFirst.DequeueEnqueue(vector.ToArray(), -wait);
        }
    }

    /// <summary>Ends the choice and returns the vectors, in the order in which they were drawn.</summary>
    public IReadOnlyList<float[]> Take()
    {
        float[][] vectors = new float[this.longestFirst.Count][];
        for (int i = vectors.Length - 1; i >= 0; i--)
        {
            vectors[i] = this.longestFirst.Dequeue();
        }

        return vectors;
    }
}
