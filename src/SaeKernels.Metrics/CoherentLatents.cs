namespace SaeKernels.Metrics;

/// <summary>A latent whose strongest examples are alike.</summary>
/// <param name="Latent">The latent.</param>
/// <param name="Density">The share of vectors on which it is active.</param>
/// <param name="Coherence">
/// The mean cosine between the vectors of two of its examples; 1 where they all point the same way.
/// </param>
/// <param name="Examples">Its strongest examples, the strongest first.</param>
public sealed record CoherentLatent(int Latent, double Density, double Coherence, IReadOnlyList<TopExample> Examples);

/// <summary>
/// Chooses latents to show to a person: rare enough to be specific, their examples alike, each about something else.
/// </summary>
/// <remarks>
/// Latents whose density is inside the wanted range and that have all their examples compete. Maximal marginal
/// relevance (Carbonell and Goldstein 1998) picks them one by one: the coherence of a latent minus the largest cosine
/// between the mean of its examples and that of one chosen before. A latent that shares an example with one chosen
/// before is left out; of equal ones the lowest latent wins. Similarity of the vectors is all the rule sees: it says
/// nothing about causes.
/// </remarks>
public sealed class CoherentLatents
{
    private readonly Func<long, ReadOnlyMemory<float>> vectorOf;

    /// <summary>Makes a chooser.</summary>
    /// <param name="vectorOf">Returns the vector of a row; all of one width.</param>
    public CoherentLatents(Func<long, ReadOnlyMemory<float>> vectorOf)
    {
        ArgumentNullException.ThrowIfNull(vectorOf);
        this.vectorOf = vectorOf;
    }

    /// <summary>The lowest density of a latent that is chosen; default 0.001.</summary>
    public double MinDensity { get; init; } = 0.001;

    /// <summary>The highest density of a latent that is chosen; default 0.02.</summary>
    public double MaxDensity { get; init; } = 0.02;

    /// <summary>Chooses latents, the best first.</summary>
    /// <param name="examples">The strongest examples of every latent.</param>
    /// <param name="density">The share of vectors on which each latent is active, [DSae].</param>
    /// <param name="count">How many are wanted; fewer are returned where there are not as many.</param>
    /// <exception cref="ArgumentException">There is not one density for each latent.</exception>
    public IReadOnlyList<CoherentLatent> Choose(TopExamples examples, IReadOnlyList<double> density, int count)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(density);
        if (density.Count != examples.Latents)
        {
            throw new ArgumentException(
                $"CoherentLatents: density must hold one number for each of {examples.Latents} latents, but holds "
                + $"{density.Count}. Pass the density of the same model.");
        }

        List<Candidate> candidates = FindCandidates(examples, density);
        List<Candidate> chosen = [];
        HashSet<long> shown = [];
        while (chosen.Count < count && candidates.Count > 0)
        {
            Candidate best = candidates.MaxBy(candidate => candidate.Latent.Coherence - candidate.Likeness)!;
            chosen.Add(best);
            shown.UnionWith(best.Latent.Examples.Select(example => example.Row));
            _ = candidates.RemoveAll(
                candidate => candidate.Latent.Examples.Any(example => shown.Contains(example.Row)));
            candidates.ForEach(
                candidate => candidate.Likeness = Math.Max(candidate.Likeness, candidate.CosineTo(best)));
        }

        return [.. chosen.Select(candidate => candidate.Latent)];
    }

    private List<Candidate> FindCandidates(TopExamples examples, IReadOnlyList<double> density)
    {
        List<Candidate> candidates = [];
        for (int latent = 0; latent < examples.Latents; latent++)
        {
            if (density[latent] >= this.MinDensity && density[latent] <= this.MaxDensity
                && examples.Of(latent) is { Count: >= 2 } rows && rows.Count == examples.Count)
            {
                double[] mean = MeanDirection(rows);
                CoherentLatent coherent = new(latent, density[latent], Coherence(mean, rows.Count), rows);
                candidates.Add(new Candidate(coherent, mean));
            }
        }

        return candidates;
    }

    /// <summary>Returns the mean of the examples, each scaled to unit length.</summary>
    private double[] MeanDirection(IReadOnlyList<TopExample> rows)
    {
        double[] mean = new double[this.vectorOf(rows[0].Row).Length];
        foreach (TopExample example in rows)
        {
            ReadOnlySpan<float> vector = this.vectorOf(example.Row).Span;
            double squared = 0;
            foreach (float element in vector)
            {
                squared += (double)element * element;
            }

            double scale = squared > 0 ? 1 / (Math.Sqrt(squared) * rows.Count) : 0;
            for (int d = 0; d < mean.Length; d++)
            {
                mean[d] += vector[d] * scale;
            }
        }

        return mean;
    }

    /// <summary>
    /// The mean cosine of pairs: n²‖mean‖² is the sum over all pairs, and n of those are a vector with itself.
    /// </summary>
    private static double Coherence(double[] mean, int count) => ((count * Dot(mean, mean)) - 1) / (count - 1);

    private static double Dot(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();

    private sealed class Candidate(CoherentLatent latent, double[] mean)
    {
        private readonly double length = Math.Sqrt(Dot(mean, mean));

        public CoherentLatent Latent { get; } = latent;

        public double Likeness { get; set; }

        private double[] Mean { get; } = mean;

        public double CosineTo(Candidate other) => Dot(this.Mean, other.Mean) / (this.length * other.length);
    }
}
