using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The gradients of every parameter of a model, in buffers of the caller.</summary>
/// <param name="WEnc">∂W_enc [DSae, DIn].</param>
/// <param name="BEnc">∂b_enc [DSae].</param>
/// <param name="WDec">∂W_dec [DSae, DIn].</param>
/// <param name="BDec">∂b_dec [DIn].</param>
public sealed record SaeGradients(RealMatrix WEnc, RealBuffer BEnc, RealMatrix WDec, RealBuffer BDec)
{
    /// <summary>
    /// The gradients of what latents have beside that and is trained, each [DSae], by <see cref="LatentVector.Name"/>;
    /// default none.
    /// </summary>
    public IReadOnlyDictionary<string, RealBuffer> LatentVectors { get; init; } = new Dictionary<string, RealBuffer>();

    /// <summary>∂W_skip [DOut, DIn] where it is wanted and there is one; default null.</summary>
    public RealMatrix? WSkip { get; init; }

    /// <summary>Copies the gradient of the path past the latents, where it is wanted.</summary>
    internal void CopySkip(RealMatrix gradient)
    {
        if (this.WSkip is RealMatrix target)
        {
            Copy(gradient.Buffer, target.Buffer);
        }
    }

    /// <summary>Copies the gradients of the biases.</summary>
    internal void CopyBiases(RealBuffer gradBEnc, RealBuffer gradBDec)
    {
        Copy(gradBEnc, this.BEnc);
        Copy(gradBDec, this.BDec);
    }

    /// <summary>Copies the gradient of what latents have under a name, where it is wanted.</summary>
    internal void CopyLatentVector(string name, RealBuffer gradient)
    {
        if (this.LatentVectors.TryGetValue(name, out RealBuffer? target))
        {
            Copy(gradient, target);
        }
    }

    private static void Copy(RealBuffer source, RealBuffer target)
    {
        double[] numbers = new double[source.Length];
        source.Download(numbers);
        target.Upload(numbers);
    }
}
