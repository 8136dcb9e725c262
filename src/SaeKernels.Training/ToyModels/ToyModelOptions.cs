namespace SaeKernels.Training;

/// <summary>How a toy model of superposition is trained.</summary>
public sealed record ToyModelOptions
{
    /// <summary>The dimensions that the features must share, at least 1.</summary>
    public required int Hidden { get; init; }

    /// <summary>The weight of each feature in the loss; null for 1 each.</summary>
    public IReadOnlyList<double>? Importance { get; init; }

    /// <summary>Training steps, at least 1.</summary>
    public int Steps { get; init; } = 5000;

    /// <summary>Vectors of a step, at least 1.</summary>
    public int Batch { get; init; } = 512;

    /// <summary>The learning rate of Adam at the beginning, above 0; it falls to 0 along half a cosine.</summary>
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Where training begins.</summary>
    public ulong Seed { get; init; } = 42;
}
