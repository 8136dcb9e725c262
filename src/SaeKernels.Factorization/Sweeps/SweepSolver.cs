namespace SaeKernels.Factorization;

/// <summary>What factorises the activations of a sweep.</summary>
public enum SweepSolver
{
    /// <summary>The classical solver: <see cref="ClassicalSolver"/>.</summary>
    Mod,

    /// <summary>Sparse autoencoders.</summary>
    Sae,
}
