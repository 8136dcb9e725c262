using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², w ← w − η/(1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε), after
///            w ← (1 − η·λ)·w; or for Signum z ← z − η·sign(g), w ← w + c·(z − w) − (1 − c)·(1 − β)·η·sign(g)
/// Work       14 FLOP a parameter, 8 for Signum
/// Traffic    28 bytes a parameter, 20 for Signum → bound by memory
/// Launch     chunks of 4,096 parameters over the team
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      four roundings of m, five of v, eight of the step; square root and division correctly rounded; for Signum
///            two of z, six of the step
/// Source     Kingma and Ba, "Adam", ICLR 2015, algorithm 1; Defazio et al. 2024, "The Road Less Scheduled", eq. 3 to 5
/// </summary>
internal static unsafe class AdamUpdate
{
    private const int ParametersPerChunk = 4096;

    public static void Run(CpuContext context, in AdamUpdateArguments arguments)
    {
        arguments.Validate();
        Body body = new()
        {
            Optimizer = new OptimizerRows(arguments.Step, arguments.GradientFactor),
            Parameters = HostPointers.Of(arguments.Parameters),
            FirstMoment = HostPointers.Of(arguments.FirstMoment),
            SecondMoment = OptimizerRows.SecondMoment(arguments.SecondMoment),
            Gradient = HostPointers.Of(arguments.Gradient),
            Length = arguments.Length,
            IsNonNegative = arguments.IsNonNegative,
        };
        context.Team.For(Chunks.Count(arguments.Length, ParametersPerChunk), body);
    }

    private struct Body : IChunkBody
    {
        public OptimizerRows Optimizer;
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
            this.Optimizer.Apply(
                this.Parameters + i, this.FirstMoment + i, this.SecondMoment + i, this.Gradient + i, count);
            for (int end = i + count; this.IsNonNegative && i < end; i++)
            {
                this.Parameters[i] = Math.Max(this.Parameters[i], 0);
            }
        }
    }
}
