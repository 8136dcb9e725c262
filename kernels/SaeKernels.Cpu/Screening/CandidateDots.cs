using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>
/// Second look at the candidates: float32 products, summed in the order that is fastest. They are close enough to the
/// canonical ones that hardly any candidate but the wanted ones remains.
/// </summary>
/// <remarks>While a candidate is computed the rows of the next one are fetched.</remarks>
internal readonly unsafe struct CandidateDots : ICandidateVisitor
{
    // Of each thread: one candidate, in a cache line of its own.
    private const int Line = 8;
    private readonly float* input;
    private readonly float* wEnc;
    private readonly int dIn;
    private readonly float roundingShare;
    private readonly Int8Panels panels;
    private readonly ScreenRows candidates;
    private readonly long* waiting;

    /// <summary>Opens what is computed.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="panels">The rounded encoder.</param>
    /// <param name="candidates">The candidates.</param>
    public CandidateDots(CpuContext context, in EncoderInputs inputs, in Int8Panels panels, in ScreenRows candidates)
    {
        this.input = HostPointers.Of(inputs.Input);
        this.wEnc = HostPointers.Of(inputs.WEnc);
        this.dIn = inputs.Input.Columns;
        this.roundingShare = ScreenBound.RoundingShare(this.dIn);
        this.panels = panels;
        this.candidates = candidates;
        this.waiting = context.Scratch.Take<long>(context.Team.Threads * Line);
        for (int worker = 0; worker < context.Team.Threads; worker++)
        {
            this.waiting[worker * Line] = -1;
        }
    }

    /// <inheritdoc/>
    public void Visit(int worker, int row, long position, int latent)
    {
        Rows.Prefetch(this.input + ((long)row * this.dIn), this.dIn);
        Rows.Prefetch(this.wEnc + ((long)latent * this.dIn), this.dIn);
        Finish(worker);
        long* next = this.waiting + (worker * Line);
        (next[0], next[1], next[2]) = (row, position, latent);
    }

    /// <inheritdoc/>
    public void Finish(int worker)
    {
        long* next = this.waiting + (worker * Line);
        if (next[0] >= 0)
        {
            Compute((int)next[0], next[1], (int)next[2]);
            next[0] = -1;
        }
    }

    private void Compute(int row, long position, int latent)
    {
        float error = 2 * ((this.roundingShare * this.candidates.Norms[row] * this.panels.Norms[latent])
            + this.panels.BiasErrors[latent]);
        float value = Dot(this.input + ((long)row * this.dIn), this.wEnc + ((long)latent * this.dIn), this.dIn)
            + this.panels.Biases[latent];
        bool isBounded = error < float.PositiveInfinity;
        this.candidates.Uppers[position] = isBounded ? value + error : float.PositiveInfinity;
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
