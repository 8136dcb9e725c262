namespace SaeKernels.Training;

/// <summary>Training reached a loss that is not a number; the checkpoints from before are good.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Makes an exception without a message.</summary>
    public TrainingDivergedException()
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">Where, what must hold, what was found, how to mend.</param>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception.</summary>
    /// <param name="message">Where, what must hold, what was found, how to mend.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
