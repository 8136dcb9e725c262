namespace SaeKernels.Numerics;

/// <summary>What a stream of random numbers is for. Sequences of different purposes never overlap.</summary>
public enum RandomPurpose
{
    /// <summary>Tests and samples.</summary>
    General = 0,

    /// <summary>The initial weights of a model.</summary>
    Initialization = 1,

    /// <summary>The order in which training data is visited; the step is the epoch.</summary>
    Shuffling = 2,

    /// <summary>Which vectors estimate normalisation, the geometric median and the variance.</summary>
    Estimation = 3,

    /// <summary>Which blocks of a data set are held out of training.</summary>
    Holdout = 4,

    /// <summary>Which blocks of a file enter its sampled hash.</summary>
    Hashing = 5,

    /// <summary>Data drawn from a generator with known truth.</summary>
    Synthesis = 6,

    /// <summary>The truth behind such data: directions, offsets, covariances.</summary>
    SyntheticTruth = 7,

    /// <summary>Hidden variables that several rows of such data share.</summary>
    SyntheticLatents = 8,

    /// <summary>Which vectors dead latents begin again from; the step is the training step.</summary>
    Resampling = 9,

    /// <summary>Which prefixes of a dictionary reconstruct on their own; the step is the training step.</summary>
    Prefixes = 10,
}
