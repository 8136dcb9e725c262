using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>What is drawn of one row, and where its draws are.</summary>
internal sealed class SynthSaeBenchRow
{
    private float[] hidden = [];
    private int rank = -1;
    private float[] spread = [];
    private float[] scores = [];

    /// <summary>The numbers of the row.</summary>
    public BufferedRandom Random { get; } = new();

    /// <summary>The hidden variables that features share.</summary>
    public ReadOnlySpan<float> Hidden => this.hidden.AsSpan(0, this.rank);

    /// <summary>The same, and zeros up to what <see cref="AffineDot"/> takes.</summary>
    public ReadOnlySpan<float> Padded => this.hidden;

    /// <summary>Each hidden variable four times, and zeros up to a multiple of sixteen.</summary>
    public ReadOnlySpan<float> Spread => this.spread;

    /// <summary>What is left of the exponential draw that waits for the next candidate.</summary>
    public double Wait { get; set; }

    /// <summary>The entries of <see cref="Code"/> whose children are drawn next.</summary>
    public Range Parents { get; set; }

    /// <summary>The hidden variables in 8-bit integers.</summary>
    public ScreenPoint Point { get; } = new();

    /// <summary>What may be active of the features without a family, ascending, and the points found there.</summary>
    public ActiveFeatures Candidates { get; } = new();

    /// <summary>Active features of families, ascending, and in the end all.</summary>
    public ActiveFeatures Code { get; } = new();

    /// <summary>Begins a row.</summary>
    public void Open(ulong seed, long row, int rank)
    {
        this.Random.Open(seed, RandomPurpose.Synthesis, row);
        this.Candidates.Clear();
        this.Code.Clear();
        if (this.rank != rank)
        {
            this.rank = rank;
            this.hidden = new float[AffineDot.LengthOf(rank)];
            this.spread = new float[(rank + 3) / 4 * 16];
        }

        for (int k = 0; k < rank; k++)
        {
            this.hidden[k] = (float)this.Random.NextNormal();
            this.spread.AsSpan(4 * k, 4).Fill(this.hidden[k]);
        }

        this.Wait = this.Random.NextExponential();
    }

    /// <summary>Draws the strength of a feature that fires, and adds it to a list unless it is negative.</summary>
    /// <returns>Whether it is positive.</returns>
    public bool Add(ActiveFeatures active, int feature, (float Mean, float Deviation) strength, float factor)
    {
        float value = (float)(strength.Mean + (strength.Deviation * this.Random.NextNormal())) * factor;
        if (value > 0)
        {
            active.Add(feature, value);
        }

        return value > 0;
    }

    /// <summary>Takes memory for scores, that of the scores before.</summary>
    /// <param name="count">How many; there is room up to a multiple of <see cref="FiringMask.Lanes"/>.</param>
    public Span<float> ScoresOf(int count)
    {
        int length = (count + FiringMask.Lanes - 1) / FiringMask.Lanes * FiringMask.Lanes;
        if (this.scores.Length < length)
        {
            this.scores = new float[2 * length];
        }

        return this.scores.AsSpan(0, length);
    }
}
