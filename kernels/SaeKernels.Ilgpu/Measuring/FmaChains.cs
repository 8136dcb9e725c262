using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Fused multiply-adds in registers only: what the device's float32 units reach when nothing has to be loaded.
/// </summary>
/// <remarks>
/// Sixteen independent chains a thread cover the latency of an instruction (4 cycles on NVIDIA's) with any number of
/// warps. Each value tends to 1, so that no denormal and no infinity slows a chain.
/// </remarks>
internal sealed class FmaChains(KernelDevice device)
{
    private const int Chains = 16;
    private const int StepsPerRound = 4;
    private readonly Kernel<Parameters> kernel = new(device, Run);

    /// <summary>Enqueues a launch and returns its operations; a multiply-add counts as two.</summary>
    /// <param name="groups">The number of groups.</param>
    /// <param name="rounds">Rounds of four steps a chain.</param>
    /// <param name="output">One element for each thread.</param>
    public double Launch(int groups, int rounds, ArrayView<float> output)
    {
        this.kernel.Launch(groups, device.GroupSize, new Parameters { Output = output, Rounds = rounds });
        return 2.0 * Chains * StepsPerRound * rounds * groups * device.GroupSize;
    }

    private static void Run(Parameters p)
    {
        Values v = Values.Fill(Group.IdxX);
        for (int round = 0; round < p.Rounds; round++)
        {
            v = Values.Step(v);
            v = Values.Step(v);
            v = Values.Step(v);
            v = Values.Step(v);
        }

        p.Output[((long)Grid.IdxX * Group.DimX) + Group.IdxX] = Values.Sum(v);
    }

    internal struct Parameters
    {
        public ArrayView<float> Output;
        public int Rounds;
    }

    // Fields, not an array: ILGPU keeps the fields of a local struct in registers, arrays go to memory.
    private struct Values
    {
        public float A;
        public float B;
        public float C;
        public float D;
        public float E;
        public float F;
        public float G;
        public float H;
        public float I;
        public float J;
        public float K;
        public float L;
        public float M;
        public float N;
        public float O;
        public float P;

        public static Values Fill(float v) => new()
        {
            A = v,
            B = v + 1,
            C = v + 2,
            D = v + 3,
            E = v + 4,
            F = v + 5,
            G = v + 6,
            H = v + 7,
            I = v + 8,
            J = v + 9,
            K = v + 10,
            L = v + 11,
            M = v + 12,
            N = v + 13,
            O = v + 14,
            P = v + 15,
        };

        public static Values Step(Values v) => new()
        {
            A = FusedMultiplyAdd.Fma(v.A, 0.5f, 0.5f),
            B = FusedMultiplyAdd.Fma(v.B, 0.5f, 0.5f),
            C = FusedMultiplyAdd.Fma(v.C, 0.5f, 0.5f),
            D = FusedMultiplyAdd.Fma(v.D, 0.5f, 0.5f),
            E = FusedMultiplyAdd.Fma(v.E, 0.5f, 0.5f),
            F = FusedMultiplyAdd.Fma(v.F, 0.5f, 0.5f),
            G = FusedMultiplyAdd.Fma(v.G, 0.5f, 0.5f),
            H = FusedMultiplyAdd.Fma(v.H, 0.5f, 0.5f),
            I = FusedMultiplyAdd.Fma(v.I, 0.5f, 0.5f),
            J = FusedMultiplyAdd.Fma(v.J, 0.5f, 0.5f),
            K = FusedMultiplyAdd.Fma(v.K, 0.5f, 0.5f),
            L = FusedMultiplyAdd.Fma(v.L, 0.5f, 0.5f),
            M = FusedMultiplyAdd.Fma(v.M, 0.5f, 0.5f),
            N = FusedMultiplyAdd.Fma(v.N, 0.5f, 0.5f),
            O = FusedMultiplyAdd.Fma(v.O, 0.5f, 0.5f),
            P = FusedMultiplyAdd.Fma(v.P, 0.5f, 0.5f),
        };

        public static float Sum(Values v) =>
            v.A + v.B + v.C + v.D + v.E + v.F + v.G + v.H + v.I + v.J + v.K + v.L + v.M + v.N + v.O + v.P;
    }
}
