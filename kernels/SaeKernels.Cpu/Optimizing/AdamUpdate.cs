using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
/// Work       14 FLOP a parameter
/// Traffic    28 bytes a parameter → bound by memory
/// Launch     chunks of 4,096 parameters over the team
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      four roundings of m, five of v, eight of the step; square root and division correctly rounded
/// Source     Kingma and Ba, "Adam", ICLR 2015, algorithm 1
/// </summary>
internal static unsafe class AdamUpdate
{
    private const int ParametersPerChunk = 4096;

    public static void Run(CpuContext context, in AdamUpdateArguments arguments)
    {
        arguments.Validate();
        Body body = new()
        {
            Adam = new AdamRows(arguments.Step, arguments.GradientFactor),
            Parameters = HostPointers.Of(arguments.Parameters),
            FirstMoment = HostPointers.Of(arguments.FirstMoment),
            SecondMoment = HostPointers.Of(arguments.SecondMoment),
            Gradient = HostPointers.Of(arguments.Gradient),
            Length = arguments.Length,
            IsNonNegative = arguments.IsNonNegative,
        };
        context.Team.For(Chunks.Count(arguments.Length, ParametersPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public AdamRows Adam;
        public float* Parameters;
        public float* FirstMoment;
        public float* SecondMoment;
        public float* Gradient;
        public int Length;
        public bool IsNonNegative;

        public readonly void Run(int chunk, int worker)
        {
            int i = chunk * ParametersPerChunk;
            int count = Chunks.End(chunk, ParametersPerChunk, this.Length) - i;
            this.Adam.Apply(this.Parameters + i, this.FirstMoment + i, this.SecondMoment + i, this.Gradient + i, count);
            for (int end = i + count; this.IsNonNegative && i < end; i++)
            {
                this.Parameters[i] = Math.Max(this.Parameters[i], 0);
            }
        }
    }
}
