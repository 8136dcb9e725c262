namespace SaeKernels.Cpu;

/// <summary>
/// Where the selection of a batch ended: a guess at the end of the next one. Of top-k that is a share of ‖x‖, of
/// batch-wide top-k a pre-activation.
/// </summary>
/// <remarks>Whoever uses it proves it: no result depends on it.</remarks>
internal sealed unsafe class LearntCut
{
    // Of the lowest cut: weights are a step on, and other rows come. What a row misses costs more than what a guess too
    // low lets in.
    private const float SafetyShare = 0.95f;
    private (nint WEnc, int Latents, int K) learntFrom;
    private float guess;

    /// <summary>The guess for a batch; 0 for none.</summary>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="k">Latents wanted in each row.</param>
    public float Of(in EncoderInputs inputs, int k) => this.learntFrom == KeyOf(inputs, k) ? this.guess : 0;

    /// <summary>Learns from a batch.</summary>
    /// <param name="inputs">What was encoded.</param>
    /// <param name="k">Latents wanted in each row.</param>
    /// <param name="lowest">What all that was selected reached but outliers.</param>
    public void Learn(in EncoderInputs inputs, int k, float lowest)
    {
        this.learntFrom = KeyOf(inputs, k);
        this.guess = lowest > 0 && float.IsFinite(lowest) ? SafetyShare * lowest : 0;
    }

    private static (nint WEnc, int Latents, int K) KeyOf(in EncoderInputs inputs, int k) =>
        ((nint)HostPointers.OfUnchanged(inputs.WEnc), inputs.WEnc.Rows, k);
}
