using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>The description length of quantised codes: what a file of them takes, and the parts it is made
/// of.</summary>
/// <remarks>
/// A latent takes h(p) bits a vector to say whether it is active and, where it is, the entropy of the histogram of its
/// active values: DL = Σ h(p) + p · H. Zeros are in no histogram. Finer bins cost more and lose less, so figures
/// compare at equal error. Source: Ayonrinde, Pearce, Sharkey 2024, Interpretability as compression.
/// </remarks>
public sealed record CodeLength
{
    /// <summary>Measures codes.</summary>
    /// <param name="codes">The codes of at least one vector.</param>
    public CodeLength(QuantizedCodes codes)
        : this((codes ?? throw new ArgumentNullException(nameof(codes))).Table)
    {
    }

    /// <summary>Measures codes that were counted.</summary>
    /// <param name="table">The counts of at least one vector.</param>
    public CodeLength(CodeTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentOutOfRangeException.ThrowIfLessThan(table.Vectors, 1);
        double[] activity = new double[table.Latents];
        double[] values = new double[table.Latents];
        for (int latent = 0; latent < table.Latents; latent++)
        {
            activity[latent] = HistogramEntropy.OfChoice((double)table.ActiveOf(latent) / table.Vectors);
            values[latent] = HistogramEntropy.SurprisalOf([.. table.CountsOf(latent)]) / table.Vectors;
        }

        this.BitsOfLatents = [.. activity.Zip(values, (first, second) => first + second)];
        this.ActivityBits = activity.Sum();
        this.ValueBits = values.Sum();
        this.L0 = (double)table.Entries / table.Vectors;
        this.Vectors = table.Vectors;
    }

    /// <summary>Bits a vector: <c>description_length_bits_per_token</c>.</summary>
    public double BitsPerVector => this.ActivityBits + this.ValueBits;

    /// <summary>Bits of each latent a vector, [DSae].</summary>
    public IReadOnlyList<double> BitsOfLatents { get; }

    /// <summary>Bits a vector that say which latents are active.</summary>
    public double ActivityBits { get; }

    /// <summary>Bits a vector that say how strongly.</summary>
    public double ValueBits { get; }

    /// <summary>The mean number of active latents.</summary>
    public double L0 { get; }

    /// <summary>The number of vectors.</summary>
    public long Vectors { get; }

    /// <summary>Effective bits of an active value, B; NaN where none is active.</summary>
    public double BitsPerValue => this.ValueBits / this.L0;

    /// <summary>
    /// The published upper bound L0 · (B + log₂ DSae): each active latent by its number and its value. It holds where
    /// latents are equally likely and more than e are active.
    /// </summary>
    /// <param name="l0">The mean number of active latents.</param>
    /// <param name="bitsPerValue">Bits of a value, B.</param>
    /// <param name="latents">The number of latents, DSae.</param>
    public static double Bound(double l0, double bitsPerValue, long latents) =>
        l0 * (bitsPerValue + Math.Log2(latents));

    /// <summary>What the vector itself takes: DIn · B.</summary>
    /// <param name="width">The width of the vector, DIn.</param>
    /// <param name="bitsPerValue">Bits of an element, B.</param>
    public static double Dense(int width, double bitsPerValue) => width * bitsPerValue;

    /// <summary>
    /// The one-hot baseline as it was published: B · length · log₂ vocabulary. It multiplies B with the logarithm,
    /// where <see cref="Bound"/> adds them; by addition it is <see cref="OneHotByBound"/>.
    /// </summary>
    /// <param name="length">Tokens that are coded together; 128 as published.</param>
    /// <param name="bitsPerValue">Bits of a value, B.</param>
    /// <param name="vocabulary">The number of tokens there are.</param>
    public static double OneHotAsPublished(int length, double bitsPerValue, long vocabulary) =>
        bitsPerValue * length * Math.Log2(vocabulary);

    /// <summary>The one-hot baseline by addition: B + length · log₂ vocabulary.</summary>
    /// <param name="length">Tokens that are coded together.</param>
    /// <param name="bitsPerValue">Bits of a value, B.</param>
    /// <param name="vocabulary">The number of tokens there are.</param>
    public static double OneHotByBound(int length, double bitsPerValue, long vocabulary) =>
        bitsPerValue + (length * Math.Log2(vocabulary));

    /// <summary>What a dictionary adds to each vector: DSae · DIn · bits / N, which falls with every vector.</summary>
    /// <param name="latents">The number of latents, DSae.</param>
    /// <param name="width">The width of a direction, DIn.</param>
    /// <param name="bitsPerWeight">Bits of a weight; 32 as they are saved.</param>
    public double DictionaryBitsPerVector(int latents, int width, int bitsPerWeight = 32) =>
        (double)latents * width * bitsPerWeight / this.Vectors;
}
