using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Where each row's threshold of a top-k begins: at a share of ‖x‖ that was learnt from the batch before. A row in
/// which fewer than K latents exceed it is encoded again without.
/// </summary>
/// <param name="context">Scratch memory.</param>
/// <param name="inputs">What is encoded.</param>
/// <param name="share">The share; 0 for no guess.</param>
internal readonly unsafe struct TopKGuess(CpuContext context, in EncoderInputs inputs, float share)
{
    private const int Samples = 256;
    private readonly float* input = HostPointers.Of(inputs.Input);
    private readonly int dIn = inputs.Input.Columns;
    private readonly int* missed = context.Scratch.Take<int>(inputs.Input.Rows);

    /// <summary>The share; 0 for no guess.</summary>
    public float Share { get; } = share;

    /// <summary>Where the threshold of a row begins; NaN where everything is let in.</summary>
    public float Threshold(int row)
    {
        float limit = this.Share > 0 ? this.Share * Norm(row) : 0;
        return limit > 0 ? limit : float.NaN;
    }

    /// <summary>Notes whether a row must be encoded again.</summary>
    public void Note(int row, bool isMissed) => this.missed[row] = isMissed ? 1 : 0;

    /// <summary>Lists the rows that must be encoded again, over the notes; returns their number.</summary>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="list">Receives the list.</param>
    public int ListMissed(int rows, out int* list)
    {
        list = this.missed;
        int count = 0;
        for (int row = 0; this.Share > 0 && row < rows; row++)
        {
            int isMissed = list[row];
            list[count] = row;
            count += isMissed;
        }

        return count;
    }

    /// <summary>The lowest share of ‖x‖ that the K-th values of rows here and there are.</summary>
    /// <param name="codes">The codes, K in each row.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="k">Latents kept in each row.</param>
    public float LowestShare(SparseCodes codes, int rows, int k)
    {
        float* values = HostPointers.Of(codes.Values);
        float lowest = float.PositiveInfinity;
        int count = Math.Min(rows, Samples);
        for (int sample = 0; sample < count; sample++)
        {
            int row = (int)((long)sample * rows / count);
            float least = float.PositiveInfinity;
            for (int entry = 0; entry < k; entry++)
            {
                least = Math.Min(least, values[((long)row * k) + entry]);
            }

            float norm = Norm(row);
            lowest = norm > 0 ? Math.Min(lowest, least / norm) : lowest;
        }

        return lowest;
    }

    private float Norm(int row)
    {
        float* x = this.input + ((long)row * this.dIn);
        return MathF.Sqrt(Cpu.Rows.Dot(x, x, this.dIn));
    }
}
