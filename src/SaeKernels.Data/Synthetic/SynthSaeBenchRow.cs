using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>What is drawn of one row, and where its draws are.</summary>
internal sealed class SynthSaeBenchRow
{
    private float[] hidden = [];
    private float[] scores = [];
    private int[] entries = [];
    private uint[] words = [];

    /// <summary>The numbers of the row.</summary>
    public BufferedRandom Random { get; } = new();

    /// <summary>The hidden variables that features share.</summary>
    public ReadOnlySpan<float> Hidden => this.hidden;

    /// <summary>What is left of the exponential draw that waits for the next candidate.</summary>
    public double Wait { get; set; }

    /// <summary>Active features without a family, ascending.</summary>
    public ActiveFeatures Free { get; } = new();

    /// <summary>Active features of families, ascending, and in the end all.</summary>
    public ActiveFeatures Code { get; } = new();

    /// <summary>Begins a row.</summary>
    public void Open(ulong seed, long row, int rank)
    {
        this.Random.Open(seed, RandomPurpose.Synthesis, row);
        this.Free.Clear();
        this.Code.Clear();
        if (this.hidden.Length != rank)
        {
            this.hidden = new float[rank];
        }

        for (int k = 0; k < rank; k++)
        {
            this.hidden[k] = (float)this.Random.NextNormal();
        }

        this.Wait = this.Random.NextExponential();
    }

    /// <summary>Takes memory for scores, that of the scores before.</summary>
    public RowScores ScoresOf(int count)
    {
        if (this.scores.Length < count)
        {
            this.scores = new float[2 * count];
            this.entries = new int[2 * count];
            this.words = new uint[2 * count];
        }

        return new RowScores(this.scores.AsSpan(0, count), this.entries.AsSpan(0, count), this.words.AsSpan(0, count));
    }
}
