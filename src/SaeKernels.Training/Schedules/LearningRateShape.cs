namespace SaeKernels.Training;

/// <summary>How the learning rate falls at the end of a run; before that it rises linearly and stays.</summary>
public enum LearningRateShape
{
    /// <summary>Linearly.</summary>
    Linear,

    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>Along half a cosine, usually from the end of the warm-up on.</summary>
    Cosine,

    /// <summary>
    /// Warm-up, stable, decay: by 1 − √p, p being the share of the fall that is over (Hägele et al. 2024, §4).
    /// </summary>
    Wsd,
}
