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
        Normalization normalization = Normalization.Estimate(store, training, plan.Normalize, plan.Seed);
        int count = (int)Math.Min(Math.Min(SampleSize, training.Count), MostNumbers / store.DIn);
        float[] sample = DataSample.Read(store, training, Math.Max(1, count), plan.Seed);
        normalization.Apply(sample);
        double[] mean = GeometricMedian.Mean(sample, store.DIn);
        double variance = MeanSquaredDistance(sample, mean);
        if (!(variance > 0))
        {
            throw new InvalidDataException(
                $"Training data: vectors must vary, but of {training.Count} all {sample.Length / store.DIn} "
                + "sampled ones are equal. Check how the file was written, or give more vectors.");
        }

        double[] bias = plan.DecoderBias switch
        {
            DecoderBiasStart.GeometricMedian => GeometricMedian.Compute(sample, store.DIn),
            DecoderBiasStart.Mean => mean,
            _ => new double[store.DIn],
        };
        return new DataEstimates(normalization, variance, bias, sample);
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
