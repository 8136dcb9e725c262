using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>The squared errors of codes at several precisions; parts can be merged.</summary>
internal sealed class CodeErrors
{
    private readonly CompensatedSum[] errors;
    private CompensatedSum exactError;

    /// <summary>Begins with no vectors.</summary>
    /// <param name="precisions">The number of precisions.</param>
    public CodeErrors(int precisions)
    {
        this.errors = new CompensatedSum[precisions];
    }

    /// <summary>The number of vectors.</summary>
    public long Vectors { get; private set; }

    /// <summary>The mean of ‖x − x̂‖² without rounding.</summary>
    public double Mse => this.exactError.Value / this.Vectors;

    /// <summary>How much ‖x − x̂‖² grows in the mean by a precision.</summary>
    public double MseIncreaseOf(int precision) => (this.errors[precision].Value / this.Vectors) - this.Mse;

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

    /// <summary>Adds the errors of other vectors at as many precisions.</summary>
    public void Merge(CodeErrors other)
    {
        this.Vectors += other.Vectors;
        this.exactError.Add(other.exactError);
        for (int precision = 0; precision < this.errors.Length; precision++)
        {
            this.errors[precision].Add(other.errors[precision]);
        }
    }

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
