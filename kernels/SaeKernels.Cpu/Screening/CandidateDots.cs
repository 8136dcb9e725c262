using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>
/// Second look at the candidates: float32 products, summed in the order that is fastest. They are close enough to the
/// canonical ones that hardly any candidate but the wanted ones remains.
/// </summary>
/// <remarks>Four candidates are computed at a time, while the rows of the next four are fetched.</remarks>
internal readonly unsafe struct CandidateDots : ICandidateVisitor
{
    private const int Group = 4;
    private const int Ring = 2 * Group;

    // Of each thread: how many it has visited, in a cache line of its own.
    private const int Line = 16;
    private readonly float* input;
    private readonly float* wEnc;
    private readonly int dIn;
    private readonly float roundingShare;
    private readonly Int8Panels panels;
    private readonly ScreenRows candidates;
    private readonly int* counts;
    private readonly int* rows;
    private readonly int* latents;
    private readonly long* positions;

    /// <summary>Opens what is computed.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="panels">The rounded encoder.</param>
    /// <param name="candidates">The candidates.</param>
    public CandidateDots(CpuContext context, in EncoderInputs inputs, in Int8Panels panels, in ScreenRows candidates)
    {
        this.input = HostPointers.Of(inputs.Input);
        this.wEnc = HostPointers.OfUnchanged(inputs.WEnc);
        this.dIn = inputs.Input.Columns;
        this.roundingShare = ScreenBound.RoundingShare(this.dIn);
        this.panels = panels;
        this.candidates = candidates;
        int threads = context.Team.Threads;
        this.counts = context.Scratch.Take<int>(threads * Line);
        this.rows = context.Scratch.Take<int>(threads * Line);
        this.latents = context.Scratch.Take<int>(threads * Line);
        this.positions = context.Scratch.Take<long>(threads * Line);
        new Span<int>(this.counts, threads * Line).Clear();
    }

    /// <inheritdoc/>
    public void Visit(int worker, int row, long position, int latent)
    {
        ref int visited = ref this.counts[worker * Line];
        int place = (worker * Line) + (visited % Ring);
        int before = (worker * Line) + ((visited + Ring - 1) % Ring);
        this.rows[place] = row;
        this.latents[place] = latent;
        this.positions[place] = position;
        Rows.Prefetch(this.wEnc + ((long)latent * this.dIn), this.dIn);
        if (visited == 0 || this.rows[before] != row)
        {
            Rows.Prefetch(this.input + ((long)row * this.dIn), this.dIn);
        }

        visited++;
        if (visited % Group == 0 && visited > Group)
        {
            Compute((worker * Line) + ((visited - Ring) % Ring), Group);
        }
    }

    /// <inheritdoc/>
    public void Finish(int worker)
    {
        ref int visited = ref this.counts[worker * Line];
        int rest = visited % Group;
        if (visited >= Group)
        {
            Compute((worker * Line) + ((visited - rest - Group) % Ring), Group);
        }

        if (rest > 0)
        {
            // Places without a candidate repeat the first one.
            int first = (worker * Line) + ((visited - rest) % Ring);
            for (int place = first + rest; place < first + Group; place++)
            {
                (this.rows[place], this.latents[place]) = (this.rows[first], this.latents[first]);
            }

            Compute(first, rest);
        }

        visited = 0;
    }

    private void Compute(int first, int count)
    {
        float* products = stackalloc float[Group];
        Multiply(first, products);
        for (int i = 0; i < count; i++)
        {
            int latent = this.latents[first + i];
            float error = 2 * ((this.roundingShare * this.candidates.Norms[this.rows[first + i]]
                * this.panels.Norms[latent]) + this.panels.BiasErrors[latent]);
            float value = products[i] + this.panels.Biases[latent];
            bool isBounded = error < float.PositiveInfinity;
            this.candidates.Uppers[this.positions[first + i]] = isBounded ? value + error : float.PositiveInfinity;
        }
    }

    private void Multiply(int first, float* products)
    {
        float* x0 = InputRow(first), w0 = Weights(first);
        float* x1 = InputRow(first + 1), w1 = Weights(first + 1);
        float* x2 = InputRow(first + 2), w2 = Weights(first + 2);
        float* x3 = InputRow(first + 3), w3 = Weights(first + 3);
        Vector512<float> sum0 = Vector512<float>.Zero;
        Vector512<float> sum1 = sum0;
        Vector512<float> sum2 = sum0;
        Vector512<float> sum3 = sum0;
        int i = 0;
        for (; i <= this.dIn - Vector512<float>.Count; i += Vector512<float>.Count)
        {
            sum0 = Avx512F.FusedMultiplyAdd(Vector512.Load(x0 + i), Vector512.Load(w0 + i), sum0);
            sum1 = Avx512F.FusedMultiplyAdd(Vector512.Load(x1 + i), Vector512.Load(w1 + i), sum1);
            sum2 = Avx512F.FusedMultiplyAdd(Vector512.Load(x2 + i), Vector512.Load(w2 + i), sum2);
            sum3 = Avx512F.FusedMultiplyAdd(Vector512.Load(x3 + i), Vector512.Load(w3 + i), sum3);
        }

        products[0] = Vector512.Sum(sum0);
        products[1] = Vector512.Sum(sum1);
        products[2] = Vector512.Sum(sum2);
        products[3] = Vector512.Sum(sum3);
        for (; i < this.dIn; i++)
        {
            products[0] += x0[i] * w0[i];
            products[1] += x1[i] * w1[i];
            products[2] += x2[i] * w2[i];
            products[3] += x3[i] * w3[i];
        }
    }

    private float* InputRow(int place) => this.input + ((long)this.rows[place] * this.dIn);

    private float* Weights(int place) => this.wEnc + ((long)this.latents[place] * this.dIn);
}
