namespace SaeKernels.Report;

/// <summary>What a vector of the data stands for.</summary>
public enum RowKind
{
    /// <summary>A token among others.</summary>
    Tokens,

    /// <summary>A word, or any other text, that stands alone.</summary>
    Words,

    /// <summary>A picture.</summary>
    Images,

    /// <summary>Nothing but its number is known.</summary>
    Vectors,
}
