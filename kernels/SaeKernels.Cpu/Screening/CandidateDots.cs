using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>
/// Second look at the candidates: float32 products, summed in the order that is fastest. They are close enough to the
/// canonical ones that hardly any candidate but the wanted ones remains.
/// </summary>
/// <param name="inputs">What is encoded.</param>
/// <param name="panels">The rounded encoder.</param>
/// <param name="candidates">The candidates.</param>
internal readonly unsafe struct CandidateDots(in EncoderInputs inputs, in Int8Panels panels, in ScreenRows candidates)
    : ICandidateVisitor
{
    private readonly float* input = HostPointers.Of(inputs.Input);
    private readonly float* wEnc = HostPointers.Of(inputs.WEnc);
    private readonly int dIn = inputs.Input.Columns;
    private readonly float roundingShare = ScreenBound.RoundingShare(inputs.Input.Columns);
    private readonly Int8Panels panels = panels;
    private readonly ScreenRows candidates = candidates;

    /// <inheritdoc/>
    public void Visit(int worker, int row, long position, int latent)
    {
        float error = 2 * ((this.roundingShare * this.candidates.Norms[row] * this.panels.Norms[latent])
            + this.panels.BiasErrors[latent]);
        float value = Dot(this.input + ((long)row * this.dIn), this.wEnc + ((long)latent * this.dIn), this.dIn)
            + this.panels.Biases[latent];
        bool isBounded = error < float.PositiveInfinity;
        this.candidates.Lowers[position] = CandidateKeys.KeyOf(isBounded ? value - error : float.NegativeInfinity);
        this.candidates.Uppers[position] = isBounded ? value + error : float.PositiveInfinity;
    }

    /// <inheritdoc/>
    public void Finish(int worker)
    {
        // Each candidate is done when it is visited.
    }

    private static float Dot(float* x, float* w, int length)
    {
        int width = Vector512<float>.Count;
        Vector512<float> sum0 = Vector512<float>.Zero;
        Vector512<float> sum1 = sum0;
        Vector512<float> sum2 = sum0;
        Vector512<float> sum3 = sum0;
        int i = 0;
        for (; i <= length - (4 * width); i += 4 * width)
        {
            sum0 = Avx512F.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(w + i), sum0);
            sum1 = Avx512F.FusedMultiplyAdd(Vector512.Load(x + i + width), Vector512.Load(w + i + width), sum1);
            sum2 = Avx512F.FusedMultiplyAdd(
                Vector512.Load(x + i + (2 * width)), Vector512.Load(w + i + (2 * width)), sum2);
            sum3 = Avx512F.FusedMultiplyAdd(
                Vector512.Load(x + i + (3 * width)), Vector512.Load(w + i + (3 * width)), sum3);
        }

        for (; i <= length - width; i += width)
        {
            sum0 = Avx512F.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(w + i), sum0);
        }

        float sum = Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
        for (; i < length; i++)
        {
            sum += x[i] * w[i];
        }

        return sum;
    }
}
