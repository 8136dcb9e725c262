namespace SaeKernels.Training;

/// <summary>The members of <see cref="TrainingOptions"/> that only some architectures have.</summary>
[Flags]
public enum ArchitectureOptions
{
    /// <summary>None of them.</summary>
    None = 0,

    /// <summary><see cref="TrainingOptions.K"/>.</summary>
    K = 1,

    /// <summary><see cref="TrainingOptions.L1Coefficient"/>.</summary>
    L1Coefficient = 2,

    /// <summary><see cref="TrainingOptions.AuxK"/> and <see cref="TrainingOptions.AuxKAlpha"/>.</summary>
    AuxK = 4,

    /// <summary><see cref="TrainingOptions.K"/> as a mean over vectors, where no weight is fixed.</summary>
    TargetL0 = 8,

    /// <summary><see cref="TrainingOptions.KStart"/> and <see cref="TrainingOptions.KAnnealSteps"/>.</summary>
    KAnnealing = 16,

    /// <summary><see cref="TrainingOptions.Prefixes"/> and <see cref="TrainingOptions.PrefixWeights"/>.</summary>
    Prefixes = 32,

    /// <summary><see cref="TrainingOptions.EndExponent"/>.</summary>
    Exponent = 64,

    /// <summary><see cref="TrainingOptions.InactiveCoefficient"/>.</summary>
    Inactive = 128,

    /// <summary><see cref="TrainingOptions.PenaltyStep"/>.</summary>
    PenaltyStep = 8192,

    /// <summary>
    /// <see cref="TrainingOptions.ResampleEvery"/>, <see cref="TrainingOptions.ResampleTimes"/> and
    /// <see cref="TrainingOptions.ResampleVectors"/>.
    /// </summary>
    Resampling = 4096,
}
