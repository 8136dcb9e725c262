namespace SaeKernels.Reference;

/// <summary>How large the shapes of a verification are.</summary>
public enum VerificationScale
{
    /// <summary>Shapes for a simulator of 0.001 GFLOP/s: DIn to 48, DSae to 192, batches to 64.</summary>
    Small,

    /// <summary>The small shapes, more odd ones, and a realistic one of DIn 512, DSae 4096 and batch 256.</summary>
    Full,
}
