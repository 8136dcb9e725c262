using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>
/// What training needs to know of its data before it begins, from a seeded sample of the training vectors.
/// </summary>
/// <param name="Normalization">What is applied to every vector.</param>
/// <param name="Variance">Σ_d Var(x_d) of normalised vectors.</param>
/// <param name="DecoderBias">Where b_dec starts, [DIn].</param>
/// <param name="Sample">The normalised sample, one vector after another.</param>
internal sealed record DataEstimates(Normalization Normalization, double Variance, double[] DecoderBias, float[] Sample)
{
    /// <summary>What a transcoder reconstructs of the same rows; null elsewhere.</summary>
    public float[]? Targets { get; init; }

    /// <summary>The most vectors of a sample; Gao et al. 2024 use as many.</summary>
    private const int SampleSize = 32768;

    /// <summary>The most numbers of a sample, 1 GiB of them.</summary>
    private const int MostNumbers = 1 << 28;

    /// <summary>Estimates from the training vectors; held-out ones are not seen.</summary>
    /// <param name="store">The data.</param>
    /// <param name="training">The vectors that are not held out.</param>
    /// <param name="plan">The run.</param>
    /// <exception cref="InvalidDataException">The vectors do not vary.</exception>
    public static DataEstimates Compute(ActivationStore store, RowSet training, TrainingPlan plan)
    {
        Normalization normalization = Normalization.Estimate(store, training, plan.Normalize, plan.OrderSeed);
        int count = (int)Math.Min(Math.Min(SampleSize, training.Count), MostNumbers / store.DIn);
        float[] sample = DataSample.Read(store, training, Math.Max(1, count), plan.OrderSeed);
        normalization.Apply(sample);
        // What a transcoder reconstructs lies behind what it reads.
        float[]? targets = plan.TargetWidth is int width ? Columns(sample, store.DIn, plan.DIn, width) : null;
        float[] inputs = targets is null ? sample : Columns(sample, store.DIn, 0, plan.DIn);
        float[] outputs = targets ?? sample;
        double[] mean = GeometricMedian.Mean(outputs, plan.DOut);
        double variance = MeanSquaredDistance(outputs, mean);
        if (!(variance > 0))
        {
            throw new InvalidDataException(
                $"Training data: vectors must vary, but of {training.Count} all {sample.Length / store.DIn} "
                + "sampled ones are equal. Check how the file was written, or give more vectors.");
        }

        double[] bias = plan.DecoderBias switch
        {
            DecoderBiasStart.GeometricMedian => GeometricMedian.Compute(outputs, plan.DOut),
            DecoderBiasStart.Mean => mean,
            _ => new double[plan.DOut],
        };
        return new DataEstimates(normalization, variance, bias, inputs) { Targets = targets };
    }

    private static float[] Columns(ReadOnlySpan<float> rows, int width, int first, int count)
    {
        float[] columns = new float[rows.Length / width * count];
        for (int row = 0; row < rows.Length / width; row++)
        {
            rows.Slice((row * width) + first, count).CopyTo(columns.AsSpan(row * count));
        }

        return columns;
    }

    private static double MeanSquaredDistance(ReadOnlySpan<float> points, double[] center)
    {
        double sum = 0;
        for (int i = 0; i < points.Length; i++)
        {
            double difference = points[i] - center[i % center.Length];
            sum += difference * difference;
        }

        return sum / (points.Length / center.Length);
    }
}
