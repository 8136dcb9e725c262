namespace SaeKernels.Data;

/// <summary>What the members of a set of <see cref="FeatureSetSource"/> have to do with each other.</summary>
public enum FeatureSetKind
{
    /// <summary>Sets of one member: every feature on its own.</summary>
    Toy,

    /// <summary>One draw switches all members of a set on or off together.</summary>
    Correlated,

    /// <summary>Of a set that is on, exactly one member is active.</summary>
    Anticorrelated,
}
