namespace SaeKernels.Abstractions;

/// <summary>The kinds of <see cref="PenaltyCurve"/>.</summary>
public enum PenaltyCurveKind
{
    /// <summary>φ(u) = u.</summary>
    Linear,

    /// <summary>φ(u) = (u + δ)^p − δ^p.</summary>
    Power,

    /// <summary>φ(u) = tanh(c · u).</summary>
    Tanh,
}
