using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>
/// How often codes are in each bin at several precisions, and the squared errors that are left; parts can be merged.
/// </summary>
internal sealed class CodeCounts
{
    private readonly IReadOnlyList<CodeBins> precisions;
    private readonly long[][][] counts;
    private readonly CompensatedSum[] errors;
    private CompensatedSum exactError;

    /// <summary>Begins with no vectors.</summary>
    /// <param name="precisions">The bins of each precision.</param>
    public CodeCounts(IReadOnlyList<CodeBins> precisions)
    {
        this.precisions = precisions;
        this.counts = [.. precisions.Select(bins => bins.Counts.Select(count => new long[count]).ToArray())];
        this.errors = new CompensatedSum[precisions.Count];
    }

    /// <summary>The bins of each precision.</summary>
    public IReadOnlyList<CodeBins> Precisions => this.precisions;

    /// <summary>The number of vectors.</summary>
    public long Vectors { get; private set; }

    /// <summary>The mean of ‖x − x̂‖² without rounding.</summary>
    public double Mse => this.exactError.Value / this.Vectors;

    /// <summary>How much ‖x − x̂‖² grows in the mean by a precision.</summary>
    public double MseIncreaseOf(int precision) => (this.errors[precision].Value / this.Vectors) - this.Mse;

    /// <summary>The counts of each precision.</summary>
    public IReadOnlyList<CodeTable> ReadTables() =>
        [.. this.precisions.Select((bins, precision) => new CodeTable(this.Vectors, bins, this.counts[precision]))];

    /// <summary>Adds a code and returns what its bin stands for.</summary>
    public float Round(int precision, int latent, float value)
    {
        CodeBins bins = this.precisions[precision];
        int place = bins.PlaceOf(latent, value);
        this.counts[precision][latent][place]++;
        return bins.MiddleOf(latent, place);
    }

    /// <summary>Adds vectors with what the model makes of them.</summary>
    /// <param name="targets">The vectors, row after row.</param>
    /// <param name="outputs">The reconstructions.</param>
    /// <param name="width">The length of a row.</param>
    public void AddExact(ReadOnlySpan<float> targets, ReadOnlySpan<float> outputs, int width)
    {
        AddErrors(ref this.exactError, targets, outputs, width);
        this.Vectors += targets.Length / width;
    }

    /// <summary>Adds what the model makes of the same vectors from rounded codes.</summary>
    public void AddRounded(int precision, ReadOnlySpan<float> targets, ReadOnlySpan<float> outputs, int width) =>
        AddErrors(ref this.errors[precision], targets, outputs, width);

    /// <summary>Throws where another part has other bins.</summary>
    /// <exception cref="ArgumentException">It has.</exception>
    public void RequireBins(CodeCounts other)
    {
        if (this.precisions.Count != other.precisions.Count)
        {
            throw new ArgumentException(
                $"CodeSecondPass: both sides must have {this.precisions.Count} precisions, but the other one has "
                + $"{other.precisions.Count}. Merge parts with the same numbers of bins.");
        }

        foreach ((CodeBins own, CodeBins others) in this.precisions.Zip(other.precisions))
        {
            own.RequireEqual(nameof(CodeSecondPass), others);
        }
    }

    /// <summary>Adds what was counted in other vectors, with the same bins.</summary>
    public void Merge(CodeCounts other)
    {
        this.Vectors += other.Vectors;
        this.exactError.Add(other.exactError);
        for (int precision = 0; precision < this.errors.Length; precision++)
        {
            this.errors[precision].Add(other.errors[precision]);
            // New ones: tables that were read stay as they are.
            this.counts[precision] = [.. this.counts[precision].Zip(other.counts[precision], Sum)];
        }
    }

    private static long[] Sum(long[] left, long[] right) => [.. left.Zip(right, (one, other) => one + other)];

    private static void AddErrors(
        ref CompensatedSum sum, ReadOnlySpan<float> targets, ReadOnlySpan<float> outputs, int width)
    {
        for (int first = 0; first < targets.Length; first += width)
        {
            double error = 0;
            for (int d = first; d < first + width; d++)
            {
                double difference = (double)targets[d] - outputs[d];
                error += difference * difference;
            }

            sum.Add(error);
        }
    }
}
