using CsvHelper.Configuration.Attributes;

namespace SaeKernels.Training;

/// <summary>One row of <c>metrics.csv</c>: the figures of one step of training.</summary>
public sealed record MetricsRow
{
    /// <summary>The step, counted from 1.</summary>
    [Name("step")]
    public required long Step { get; init; }

    /// <summary>Vectors trained on so far.</summary>
    [Name("tokens")]
    public required long Tokens { get; init; }

    /// <summary>The loss of the step's batch.</summary>
    [Name("loss")]
    public required double Loss { get; init; }

    /// <summary>The batch's squared error over the variance estimated before training.</summary>
    [Name("fvu")]
    public required double Fvu { get; init; }

    /// <summary>The auxiliary loss on dead latents, without its weight; 0 while none is dead.</summary>
    [Name("auxk_loss")]
    public required double AuxKLoss { get; init; }

    /// <summary>The mean number of active latents.</summary>
    [Name("l0")]
    public required double L0 { get; init; }

    /// <summary>The weight of the sparsity penalty; 0 where there is none. Logs of older runs lack it.</summary>
    [Name("sparsity_coefficient")]
    [Optional]
    public double SparsityCoefficient { get; init; }

    /// <summary>The share of latents that are dead.</summary>
    [Name("dead_fraction")]
    public required double DeadFraction { get; init; }

    /// <summary>The learning rate of the step.</summary>
    [Name("lr")]
    public required double LearningRate { get; init; }

    /// <summary>The norm of the whole gradient before clipping.</summary>
    [Name("grad_norm")]
    public required double GradientNorm { get; init; }

    /// <summary>Vectors a second since the row before.</summary>
    [Name("tokens_per_second")]
    public required double TokensPerSecond { get; init; }

    /// <summary>Seconds of training so far, those before an interruption included.</summary>
    [Name("elapsed_seconds")]
    public required double ElapsedSeconds { get; init; }
}
