using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Exactly so many of the features are active in every row, each as strongly as a draw of U(0, 1): the data on which
/// total information has its minimum at the true number of features.
/// </summary>
/// <remarks>
/// E[x] of a code element is active / (2 · features); the support alone takes log₂ C(features, active) bits a row.
/// Source: Circuits Updates, May 2023, "Interpretability Dreams: dictionary learning worked example".
/// </remarks>
public sealed class BounceSource : SyntheticSource
{
    private readonly int active;
    private readonly double bias;

    /// <summary>Describes the source.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="features">The number of features, at least 1.</param>
    /// <param name="dIn">The width, at least 1.</param>
    /// <param name="active">How many features are active in each row, 1 to the number of features.</param>
    /// <param name="bias">The length of a constant offset in a random direction, at least 0.</param>
    /// <exception cref="ArgumentException">A parameter is outside its range.</exception>
    public BounceSource(ulong seed, int features = 64, int dIn = 32, int active = 3, double bias = 0)
        : base(seed, TrueDirections.Sphere(seed, features, dIn))
    {
        SourceCheck.Between(nameof(BounceSource), nameof(active), active, 1, features);
        SourceCheck.Between(nameof(BounceSource), nameof(bias), bias, 0, 1e6);
        this.active = active;
        this.bias = bias;
        if (bias > 0)
        {
            float[] offset = new float[dIn];
            RandomSequence random = new(seed, RandomPurpose.SyntheticTruth, features);
            TrueDirections.Unit(ref random, offset);
            this.Offset = Array.ConvertAll(offset, element => (float)(element * bias));
        }
    }

    /// <inheritdoc/>
    public override string Generator => "bounce";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => new Dictionary<string, object>
    {
        ["features"] = this.Truth.Features,
        ["dim"] = this.DIn,
        ["active"] = this.active,
        ["bias"] = this.bias,
    };

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        // Floyd's sample: every subset of the wanted size is equally likely.
        SortedSet<int> chosen = [];
        for (int last = this.Truth.Features - this.active; last < this.Truth.Features; last++)
        {
            int feature = (int)random.NextInt64(last + 1L);
            chosen.Add(chosen.Contains(feature) ? last : feature);
        }

        foreach (int feature in chosen)
        {
            code.Add(feature, random.NextSingle());
        }
    }
}
