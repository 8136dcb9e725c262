namespace SaeKernels.Data;

/// <summary>How the probabilities of <see cref="SharkeySource"/> fall from the first feature to the last.</summary>
public enum SharkeyDecay
{
    /// <summary>p_g = u_g · λ^g.</summary>
    Multiply,

    /// <summary>p_g = u_g^(λ·g), as one restatement of the experiment has it.</summary>
    ExponentLambdaG,

    /// <summary>p_g = u_g^(λ^g).</summary>
    ExponentLambdaPowG,
}
