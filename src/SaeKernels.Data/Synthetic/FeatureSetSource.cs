using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>The inputs of toy models of superposition: the vector is the code itself, element by element.</summary>
/// <remarks>
/// A set is off with probability <c>sparsity</c>; active members are U(0, 1). For sets of one, E[x] = (1 − S) / 2 and
/// E[x²] = (1 − S) / 3. Source: Elhage et al. 2022, "Toy models of superposition".
/// </remarks>
public sealed class FeatureSetSource : SyntheticSource
{
    private readonly FeatureSetKind kind;
    private readonly int sets;
    private readonly int members;
    private readonly double sparsity;

    /// <summary>Describes the source.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="kind">What the members of a set have to do with each other.</param>
    /// <param name="sets">The number of sets, at least 1.</param>
    /// <param name="members">Features in a set; 1 for <see cref="FeatureSetKind.Toy"/>, else at least 2.</param>
    /// <param name="sparsity">The probability that a set is off, 0 to 1.</param>
    /// <exception cref="ArgumentException">A parameter is outside its range.</exception>
    public FeatureSetSource(ulong seed, FeatureSetKind kind, int sets, int members, double sparsity)
        : base(seed, TrueDirections.Axes(Features(kind, sets, members)))
    {
        SourceCheck.Between(nameof(FeatureSetSource), nameof(sparsity), sparsity, 0, 1);
        this.kind = kind;
        this.sets = sets;
        this.members = members;
        this.sparsity = sparsity;
    }

    /// <inheritdoc/>
    public override string Generator => this.kind switch
    {
        FeatureSetKind.Toy => "toy",
        FeatureSetKind.Correlated => "correlated",
        _ => "anticorrelated",
    };

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => this.kind == FeatureSetKind.Toy
        ? new Dictionary<string, object> { ["features"] = this.sets, ["sparsity"] = this.sparsity }
        : new Dictionary<string, object>
        {
            ["sets"] = this.sets,
            ["members"] = this.members,
            ["sparsity"] = this.sparsity,
        };

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        for (int set = 0; set < this.sets; set++)
        {
            if (random.NextDouble() < this.sparsity)
            {
                continue;
            }

            int first = set * this.members;
            if (this.kind == FeatureSetKind.Anticorrelated)
            {
                code.Add(first + (int)random.NextInt64(this.members), random.NextSingle());
                continue;
            }

            for (int member = 0; member < this.members; member++)
            {
                code.Add(first + member, random.NextSingle());
            }
        }
    }

    private static int Features(FeatureSetKind kind, int sets, int members)
    {
        const int MostFeatures = 1 << 14;
        const string Source = nameof(FeatureSetSource);
        bool single = kind == FeatureSetKind.Toy;
        SourceCheck.Between(Source, nameof(members), members, single ? 1 : 2, single ? 1 : MostFeatures);
        SourceCheck.Between(Source, nameof(sets), sets, 1, MostFeatures / members);
        return sets * members;
    }
}
