using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>
/// A toy model of superposition: x' = ReLU(Wᵀ W x + b) of vectors whose elements are the features, through fewer
/// dimensions than features.
/// </summary>
/// <remarks>
/// Loss Σ I_i (x_i − x'_i)², a mean over the batch; Adam with β 0.9 and 0.999; W begins normal with variance
/// 2 / (features + hidden), b at 0. Float64 on one thread: it is for tens or hundreds of features. Source: Elhage et
/// al. 2022, "Toy models of superposition".
/// </remarks>
public sealed class ToyModel
{
    private readonly double[] directions;
    private readonly double[] bias;

    private ToyModel(double[] directions, double[] bias, int hidden, double loss)
    {
        this.directions = directions;
        this.bias = bias;
        this.Loss = loss;
        this.Geometry = SuperpositionGeometry.Of(directions, hidden);
    }

    /// <summary>W, a row a feature: [features · hidden].</summary>
    public ReadOnlySpan<double> Directions => this.directions;

    /// <summary>b, [features].</summary>
    public ReadOnlySpan<double> Bias => this.bias;

    /// <summary>The mean loss over the last tenth of training.</summary>
    public double Loss { get; }

    /// <summary>What the directions have to do with each other.</summary>
    public SuperpositionGeometry Geometry { get; }

    /// <summary>Trains a model.</summary>
    /// <param name="source">The vectors: features that are the vector's own elements.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static ToyModel Train(FeatureSetSource source, ToyModelOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        int features = source.Truth.Features;
        double[] importance = RequireImportance(options, features);
        ToyModelStep step = new(features, options.Hidden, importance);
        RandomSequence random = new(options.Seed, RandomPurpose.Initialization);
        double sigma = Math.Sqrt(2.0 / (features + options.Hidden));
        for (int i = 0; i < step.Directions.Length; i++)
        {
            step.Directions[i] = sigma * random.NextNormal();
        }

        SyntheticRow[] batch = [.. Enumerable.Range(0, options.Batch).Select(_ => new SyntheticRow())];
        CompensatedSum loss = default;
        int last = Math.Max(1, options.Steps / 10);
        for (int number = 0; number < options.Steps; number++)
        {
            for (int row = 0; row < batch.Length; row++)
            {
                _ = source.DrawCode(((long)number * batch.Length) + row, batch[row]);
            }

            double rate = options.LearningRate * 0.5 * (1 + Math.Cos(Math.PI * number / options.Steps));
            double found = step.Take(batch, rate);
            if (number >= options.Steps - last)
            {
                loss.Add(found);
            }
        }

        return new ToyModel(step.Directions, step.Bias, options.Hidden, loss.Value / last);
    }

    /// <summary>Trains from several starts and returns the model with the lowest loss.</summary>
    /// <param name="source">The vectors.</param>
    /// <param name="options">How; start i takes Seed + i.</param>
    /// <param name="starts">How many, at least 1; side by side.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static ToyModel TrainBest(FeatureSetSource source, ToyModelOptions options, int starts)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(starts, 1);
        _ = RequireImportance(options, source.Truth.Features);
        ToyModel[] models = new ToyModel[starts];
        _ = Parallel.For(0, starts, start => models[start] = Train(
            source, options with { Seed = unchecked(options.Seed + (ulong)start) }));
        return models.MinBy(model => model.Loss)!;
    }

    private static double[] RequireImportance(ToyModelOptions options, int features)
    {
        double[] importance = [.. options.Importance ?? [.. Enumerable.Repeat(1.0, features)]];
        if (options.Hidden < 1 || options.Steps < 1 || options.Batch < 1 || !(options.LearningRate > 0)
            || importance.Length != features || !importance.All(weight => weight >= 0))
        {
            throw new ArgumentException(
                $"ToyModel: Hidden, Steps and Batch must be at least 1, LearningRate above 0 and Importance {features} "
                + $"numbers from 0 on, but they are {options.Hidden}, {options.Steps}, {options.Batch}, "
                + $"{options.LearningRate} and {importance.Length} numbers. Change them.");
        }

        return importance;
    }
}
