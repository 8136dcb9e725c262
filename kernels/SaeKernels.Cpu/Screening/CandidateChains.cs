using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>
/// The canonical pre-activations of candidates, 16 at a time: a lane is one chain from b_enc through d ascending.
/// </summary>
internal readonly unsafe struct CandidateChains : ICandidateVisitor
{
    private const int Lanes = 16;
    private readonly ScreenRows candidates;
    private readonly float* input;
    private readonly float* wEnc;
    private readonly float* bEnc;
    private readonly int dIn;
    private readonly int* counts;
    private readonly nint* rows;
    private readonly nint* weights;
    private readonly float* values;
    private readonly long* positions;
    private readonly float* columns;

    /// <summary>Makes room for a group of candidates on each thread.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="candidates">The candidates.</param>
    public CandidateChains(CpuContext context, in EncoderInputs inputs, in ScreenRows candidates)
    {
        this.candidates = candidates;
        this.input = HostPointers.Of(inputs.Input);
        this.wEnc = HostPointers.Of(inputs.WEnc);
        this.bEnc = HostPointers.Of(inputs.BEnc);
        this.dIn = inputs.Input.Columns;
        int threads = context.Team.Threads;
        this.counts = context.Scratch.Take<int>(threads);
        this.rows = context.Scratch.Take<nint>(threads * Lanes);
        this.weights = context.Scratch.Take<nint>(threads * Lanes);
        this.values = context.Scratch.Take<float>(threads * Lanes);
        this.positions = context.Scratch.Take<long>(threads * Lanes);
        this.columns = context.Scratch.Take<float>(2L * Lanes * Lanes * threads);
        new Span<int>(this.counts, threads).Clear();
    }

    /// <inheritdoc/>
    public void Visit(int worker, int row, long position, int latent)
    {
        int lane = (worker * Lanes) + this.counts[worker]++;
        this.rows[lane] = (nint)(this.input + ((long)row * this.dIn));
        this.weights[lane] = (nint)(this.wEnc + ((long)latent * this.dIn));
        this.values[lane] = this.bEnc[latent];
        this.positions[lane] = position;
        // Read side by side, the rows of 16 candidates are more streams than the processor foresees.
        Prefetch((byte*)this.rows[lane]);
        Prefetch((byte*)this.weights[lane]);
        if (this.counts[worker] == Lanes)
        {
            Compute(worker);
        }
    }

    /// <inheritdoc/>
    public void Finish(int worker)
    {
        if (this.counts[worker] == 0)
        {
            return;
        }

        // Lanes without a candidate repeat the first one.
        int first = worker * Lanes;
        for (int lane = first + this.counts[worker]; lane < first + Lanes; lane++)
        {
            this.rows[lane] = this.rows[first];
            this.weights[lane] = this.weights[first];
            this.values[lane] = this.values[first];
        }

        Compute(worker);
    }

    private void Prefetch(byte* row)
    {
        const int CacheLine = 64;
        for (long i = 0; i < sizeof(float) * (long)this.dIn; i += CacheLine)
        {
            Sse.Prefetch1(row + i);
        }
    }

    private void Compute(int worker)
    {
        int first = worker * Lanes;
        float** rowsOfLanes = (float**)(this.rows + first);
        float** weightsOfLanes = (float**)(this.weights + first);
        float* x = this.columns + (2L * Lanes * first);
        float* w = x + (Lanes * Lanes);
        Vector512<float> chains = Vector512.Load(this.values + first);
        int d = 0;
        for (; d <= this.dIn - Lanes; d += Lanes)
        {
            Transposition16.Run(rowsOfLanes, d, x);
            Transposition16.Run(weightsOfLanes, d, w);
            for (int i = 0; i < Lanes * Lanes; i += Lanes)
            {
                chains = Avx512F.FusedMultiplyAdd(Vector512.Load(w + i), Vector512.Load(x + i), chains);
            }
        }

        chains.Store(this.values + first);
        for (int lane = 0; lane < this.counts[worker]; lane++)
        {
            float value = this.values[first + lane];
            for (int i = d; i < this.dIn; i++)
            {
                value = MathF.FusedMultiplyAdd(weightsOfLanes[lane][i], rowsOfLanes[lane][i], value);
            }

            this.candidates.Uppers[this.positions[first + lane]] = value;
        }

        this.counts[worker] = 0;
    }
}
