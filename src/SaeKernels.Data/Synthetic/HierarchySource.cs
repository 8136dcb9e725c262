using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Features in families: a child is active only together with its parent, in a given share of the parent's rows.
/// </summary>
/// <remarks>
/// Family i has its parent at i · (children + 1) and the children behind it. Strengths are U(0, 1]. A dictionary that
/// is too small keeps the parent and drops children; one that absorbs features gives the child part of the parent.
/// </remarks>
public sealed class HierarchySource : SyntheticSource
{
    private readonly int parents;
    private readonly int children;
    private readonly double parentRate;
    private readonly double childRate;

    /// <summary>Describes the source.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="parents">The number of families, at least 1.</param>
    /// <param name="children">Children in a family, at least 1.</param>
    /// <param name="dIn">The width, at least 1.</param>
    /// <param name="parentRate">The probability that a parent is active, 0 to 1.</param>
    /// <param name="childRate">The probability that a child is active given its parent is, 0 to 1.</param>
    /// <exception cref="ArgumentException">A parameter is outside its range.</exception>
    public HierarchySource(
        ulong seed,
        int parents = 16,
        int children = 3,
        int dIn = 32,
        double parentRate = 0.05,
        double childRate = 0.3)
        : base(seed, TrueDirections.Sphere(seed, Features(parents, children), dIn))
    {
        SourceCheck.Between(nameof(HierarchySource), nameof(parentRate), parentRate, 0, 1);
        SourceCheck.Between(nameof(HierarchySource), nameof(childRate), childRate, 0, 1);
        this.parents = parents;
        this.children = children;
        this.parentRate = parentRate;
        this.childRate = childRate;
    }

    /// <inheritdoc/>
    public override string Generator => "hierarchy";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => new Dictionary<string, object>
    {
        ["parents"] = this.parents,
        ["children"] = this.children,
        ["dim"] = this.DIn,
        ["parent_rate"] = this.parentRate,
        ["child_rate"] = this.childRate,
    };

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        for (int parent = 0; parent < this.parents; parent++)
        {
            if (random.NextDouble() >= this.parentRate)
            {
                continue;
            }

            int feature = parent * (this.children + 1);
            code.Add(feature, Strength(ref random));
            for (int child = 1; child <= this.children; child++)
            {
                if (random.NextDouble() < this.childRate)
                {
                    code.Add(feature + child, Strength(ref random));
                }
            }
        }
    }

    // A strength of 0 would leave a child without its parent: (0, 1] instead of [0, 1).
    private static float Strength(ref RandomSequence random) => 1 - random.NextSingle();

    private static int Features(int parents, int children)
    {
        const int MostFeatures = 1 << 20;
        SourceCheck.Between(nameof(HierarchySource), nameof(children), children, 1, MostFeatures - 1);
        SourceCheck.Between(nameof(HierarchySource), nameof(parents), parents, 1, MostFeatures / (children + 1));
        return parents * (children + 1);
    }
}
