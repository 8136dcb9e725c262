using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>The sums behind <see cref="PublishedVariants"/>, added block by block.</summary>
internal sealed class VariantSums
{
    private const double SaeBenchLeast = 1e-4;
    private const double SynthSaeBenchLeast = 1e-6;
    private long vectors;
    private long variedBlocks;
    private long variedVectors;
    private long nonZeroVectors;
    private long shrinkageVectors;
    private CompensatedSum blockFvu;
    private CompensatedSum blockVariance;
    private CompensatedSum ratios;
    private CompensatedSum squaredRatios;
    private CompensatedSum squaredErrors;
    private CompensatedSum squaredActivations;
    private CompensatedSum twiceDivided;
    private CompensatedSum normalizedErrors;
    private CompensatedSum lengths;
    private CompensatedSum saeBenchRatios;
    private CompensatedSum shrinkages;
    private double elements;
    private double elementMean;
    private double elementVariation;

    /// <summary>Adds a block.</summary>
    public void AddBlock(ReadOnlySpan<float> x, ReadOnlySpan<float> reconstruction, int dIn)
    {
        int rows = x.Length / dIn;
        if (rows == 0)
        {
            return;
        }

        double[] mean = new double[dIn];
        double[] errorMean = new double[dIn];
        for (int i = 0; i < x.Length; i++)
        {
            // Relative to the first vector, so that equal vectors are their mean to the last bit.
            mean[i % dIn] += ((double)x[i] - x[i % dIn]) / rows;
            errorMean[i % dIn] += ((double)x[i] - reconstruction[i]) / rows;
        }

        for (int d = 0; d < dIn; d++)
        {
            mean[d] += x[d];
        }

        double errors = 0;
        double variation = 0;
        for (int row = 0; row < rows; row++)
        {
            Range range = (row * dIn)..((row + 1) * dIn);
            VectorFigures vector = VectorFigures.Of(x[range], reconstruction[range], mean);
            errors += vector.SquaredError;
            variation += vector.Variation;
            AddVector(vector, rows);
        }

        double errorVariation = errors - (rows * errorMean.Sum(value => value * value));
        if (variation != 0)
        {
            this.variedBlocks++;
            this.blockFvu.Add(errors / variation);
            this.blockVariance.Add(errorVariation / variation);
        }

        AddElements(x);
    }

    public void Add(VariantSums other)
    {
        this.vectors += other.vectors;
        this.variedBlocks += other.variedBlocks;
        this.variedVectors += other.variedVectors;
        this.nonZeroVectors += other.nonZeroVectors;
        this.shrinkageVectors += other.shrinkageVectors;
        this.blockFvu.Add(other.blockFvu);
        this.blockVariance.Add(other.blockVariance);
        this.ratios.Add(other.ratios);
        this.squaredRatios.Add(other.squaredRatios);
        this.squaredErrors.Add(other.squaredErrors);
        this.squaredActivations.Add(other.squaredActivations);
        this.twiceDivided.Add(other.twiceDivided);
        this.normalizedErrors.Add(other.normalizedErrors);
        this.lengths.Add(other.lengths);
        this.saeBenchRatios.Add(other.saeBenchRatios);
        this.shrinkages.Add(other.shrinkages);
        JoinElements(other.elements, other.elementMean, other.elementVariation);
    }

    public PublishedVariants Read(int dIn)
    {
        double n = this.vectors;
        double error = this.squaredErrors.Value / n;
        double square = this.squaredActivations.Value / n;
        double legacy = this.ratios.Value / this.variedVectors;
        double spread = (this.squaredRatios.Value - (this.variedVectors * legacy * legacy)) / (this.variedVectors - 1);
        double fvu = this.blockFvu.Value / this.variedBlocks;
        double elements = this.elementVariation == 0 ? double.NaN : this.elementVariation;
        return new PublishedVariants
        {
            FvuSparsify = fvu,
            ExplainedVarianceSaeLensLog = 1 - fvu,
            ExplainedVarianceSaeLensLegacy = 1 - legacy,
            ExplainedVarianceSaeLensLegacyStd = Math.Sqrt(Math.Max(0, spread)),
            ExplainedVarianceSaeLens6450 = 1 - (error / (square - (square / dIn * (square / dIn)))),
            FracVarianceExplained = 1 - (this.blockVariance.Value / this.variedBlocks),
            R2Overcomplete = 1 - (this.squaredErrors.Value / elements),
            MseSaeLens6451 = this.twiceDivided.Value / n,
            MsePyTorch = error / dIn,
            NormalizedMseOpenAi = this.normalizedErrors.Value / this.nonZeroVectors,
            L2LossDictionaryLearning = this.lengths.Value / n,
            L2RatioSaeBench = this.saeBenchRatios.Value / n,
            Shrinkage = this.shrinkages.Value / this.shrinkageVectors,
        };
    }

    private void AddVector(VectorFigures vector, int rows)
    {
        this.vectors++;
        this.squaredErrors.Add(vector.SquaredError);
        this.squaredActivations.Add(vector.SquaredActivation);
        this.twiceDivided.Add(vector.SquaredError / rows);
        this.lengths.Add(Math.Sqrt(vector.SquaredError));
        double length = Math.Sqrt(vector.SquaredActivation);
        double reconstructed = Math.Sqrt(vector.SquaredReconstruction);
        this.saeBenchRatios.Add(reconstructed / (length < SaeBenchLeast ? 1 : length));
        if (vector.Variation != 0)
        {
            double ratio = vector.SquaredError / vector.Variation;
            this.variedVectors++;
            this.ratios.Add(ratio);
            this.squaredRatios.Add(ratio * ratio);
        }

        if (vector.SquaredActivation != 0)
        {
            this.nonZeroVectors++;
            this.normalizedErrors.Add(vector.SquaredError / vector.SquaredActivation);
        }

        if (!(length <= SynthSaeBenchLeast))
        {
            this.shrinkageVectors++;
            this.shrinkages.Add(reconstructed / length);
        }
    }

    private void AddElements(ReadOnlySpan<float> x)
    {
        double sum = 0;
        foreach (float value in x)
        {
            sum += (double)value - x[0];
        }

        double mean = x[0] + (sum / x.Length);
        double variation = 0;
        foreach (float value in x)
        {
            variation += (value - mean) * (value - mean);
        }

        JoinElements(x.Length, mean, variation);
    }

    /// <summary>Joins means and variations (Chan, Golub, LeVeque 1983).</summary>
    private void JoinElements(double count, double mean, double variation)
    {
        if (count == 0)
        {
            return;
        }

        double total = this.elements + count;
        double difference = mean - this.elementMean;
        this.elementVariation += variation + (difference * difference * this.elements * count / total);
        this.elementMean += difference * count / total;
        this.elements = total;
    }

    /// <summary>Sums over the elements of one vector.</summary>
    private readonly record struct VectorFigures(
        double SquaredError, double SquaredActivation, double SquaredReconstruction, double Variation)
    {
        public static VectorFigures Of(ReadOnlySpan<float> x, ReadOnlySpan<float> reconstruction, double[] mean)
        {
            double squaredError = 0;
            double squaredActivation = 0;
            double squaredReconstruction = 0;
            double variation = 0;
            for (int d = 0; d < x.Length; d++)
            {
                double error = (double)x[d] - reconstruction[d];
                double distance = x[d] - mean[d];
                squaredError += error * error;
                squaredActivation += (double)x[d] * x[d];
                squaredReconstruction += (double)reconstruction[d] * reconstruction[d];
                variation += distance * distance;
            }

            return new VectorFigures(squaredError, squaredActivation, squaredReconstruction, variation);
        }
    }
}
