using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>
/// The canonical pre-activations of candidates, 16 at a time: a lane is one chain from b_enc through d ascending.
/// </summary>
/// <remarks>While a group is computed the rows of the next one are fetched.</remarks>
internal readonly unsafe struct CandidateChains : ICandidateVisitor
{
    private const int Lanes = 16;
    private const int Groups = 2;
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

    /// <summary>Makes room for two groups of candidates on each thread.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="candidates">The candidates.</param>
    public CandidateChains(CpuContext context, in EncoderInputs inputs, in ScreenRows candidates)
    {
        this.candidates = candidates;
        this.input = HostPointers.Of(inputs.Input);
        this.wEnc = HostPointers.OfUnchanged(inputs.WEnc);
        this.bEnc = HostPointers.Of(inputs.BEnc);
        this.dIn = inputs.Input.Columns;
        int threads = context.Team.Threads;
        int lanes = threads * Groups * Lanes;
        this.counts = context.Scratch.Take<int>(threads * Lanes);
        this.rows = context.Scratch.Take<nint>(lanes);
        this.weights = context.Scratch.Take<nint>(lanes);
        this.values = context.Scratch.Take<float>(lanes);
        this.positions = context.Scratch.Take<long>(lanes);
        this.columns = context.Scratch.Take<float>(2L * Lanes * Lanes * threads);
        new Span<int>(this.counts, threads * Lanes).Clear();
    }

    /// <inheritdoc/>
    public void Visit(int worker, int row, long position, int latent)
    {
        ref int visited = ref this.counts[worker * Lanes];
        int lane = (worker * Groups * Lanes) + (visited % (Groups * Lanes));
        this.rows[lane] = (nint)(this.input + ((long)row * this.dIn));
        this.weights[lane] = (nint)(this.wEnc + ((long)latent * this.dIn));
        this.values[lane] = this.bEnc[latent];
        this.positions[lane] = position;
        // Read side by side, the rows of 16 candidates are more streams than the processor foresees.
        Rows.PrefetchAhead((float*)this.weights[lane], this.dIn);
        int before = (worker * Groups * Lanes) + ((visited + (Groups * Lanes) - 1) % (Groups * Lanes));
        if (visited == 0 || this.rows[before] != this.rows[lane])
        {
            Rows.PrefetchAhead((float*)this.rows[lane], this.dIn);
        }

        visited++;
        if (visited % Lanes == 0 && visited > Lanes)
        {
            Compute(worker, (visited / Lanes) - Groups, Lanes);
        }
    }

    /// <inheritdoc/>
    public void Finish(int worker)
    {
        ref int visited = ref this.counts[worker * Lanes];
        int group = visited / Lanes;
        if (group > 0)
        {
            Compute(worker, group - 1, Lanes);
        }

        int rest = visited % Lanes;
        if (rest > 0)
        {
            // Lanes without a candidate repeat the first one.
            int first = FirstLane(worker, group);
            for (int lane = first + rest; lane < first + Lanes; lane++)
            {
                this.rows[lane] = this.rows[first];
                this.weights[lane] = this.weights[first];
                this.values[lane] = this.values[first];
            }

            Compute(worker, group, rest);
        }

        visited = 0;
    }

    private static int FirstLane(int worker, int group) => ((worker * Groups) + (group % Groups)) * Lanes;

    private void Compute(int worker, int group, int count)
    {
        int first = FirstLane(worker, group);
        float** rowsOfLanes = (float**)(this.rows + first);
        float** weightsOfLanes = (float**)(this.weights + first);
        bool isOneRow = new Span<nint>(this.rows + first, Lanes).IndexOfAnyExcept(this.rows[first]) < 0;
        float* x = this.columns + (2L * Lanes * Lanes * worker);
        int d = isOneRow
            ? Transposition16.MultiplyAdd(weightsOfLanes, rowsOfLanes[0], this.dIn, this.values + first)
            : MultiplyRows(rowsOfLanes, weightsOfLanes, this.values + first, x);
        for (int lane = 0; lane < count; lane++)
        {
            float value = this.values[first + lane];
            for (int i = d; i < this.dIn; i++)
            {
                value = MathF.FusedMultiplyAdd(weightsOfLanes[lane][i], rowsOfLanes[lane][i], value);
            }

            this.candidates.Uppers[this.positions[first + lane]] = value;
        }
    }

    /// <summary>Continues 16 chains through whole vectors of d; returns how far.</summary>
    private int MultiplyRows(float** rowsOfLanes, float** weightsOfLanes, float* chains, float* x)
    {
        float* w = x + (Lanes * Lanes);
        int d = 0;
        for (; d <= this.dIn - Lanes; d += Lanes)
        {
            Transposition16.Run(rowsOfLanes, d, x);
            Transposition16.Run(weightsOfLanes, d, w);
            MultiplyAdd(w, x, chains);
        }

        return d;
    }

    // Not inlined: beside the call above, the sum would live in memory, and a step take 18 cycles instead of 4 (Zen 5,
    // 2026-11-23).
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MultiplyAdd(float* w, float* x, float* chains)
    {
        Vector512<float> sums = Vector512.Load(chains);
        for (int i = 0; i < Lanes * Lanes; i += Lanes)
        {
            sums = Avx512F.FusedMultiplyAdd(Vector512.Load(w + i), Vector512.Load(x + i), sums);
        }

        sums.Store(chains);
    }
}
