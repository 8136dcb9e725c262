using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   p · H(p − θ), p = b_enc + W_enc · x̃, of a block of latents for the whole batch, [latent][row]; NaN stays
/// Work       2 · batch · latents · DIn FLOP
/// Traffic    4 · (latents · DIn + batch · DIn + batch · latents) bytes
/// Launch     threads take (latent, row) pairs in turns
/// Shared     none        Barriers  none
/// Order      d ascending from b_enc, fused; deterministic
/// Error      DIn · 2⁻²⁴ · (|b| + Σ|w·x|)
/// Source     Bricken et al. 2023
/// </summary>
internal sealed class ReluActivations(KernelDevice device)
{
    private const uint NegativeZero = 0x80000000;
    private const int SmallBlock = 1 << 22;

    // Every block is a dozen launches, which are made for batches with lists too.
    private const int MostBlocks = 16;

    // The simulator's shapes are small, and shall meet several blocks all the same.
    private const int SimulatorLatents = 7;
    private const int SimulatorBlocks = 3;
    private readonly Kernel<Parameters> kernel = new(device, Encode);

    /// <summary>Latents of a block: their activations take 16 MiB, or a sixteenth of those of all latents.</summary>
    public int LatentsOfBlock(int rows, int latents)
    {
        int fromMemory = device.IsSimulator ? SimulatorLatents : SmallBlock / Math.Max(1, rows);
        int blocks = device.IsSimulator ? SimulatorBlocks : MostBlocks;
        return Math.Min(latents, Math.Max(fromMemory, (latents + blocks - 1) / blocks));
    }

    /// <summary>Enqueues a block of a batch that takes this way; activations are there until the next one.</summary>
    /// <remarks>
    /// What is in the band below its threshold, but not above it, becomes −0. With a gate activations are magnitudes.
    /// </remarks>
    public ArrayView<float> Launch(
        in EntryWay way,
        RealMatrix input,
        ArrayView<float> wEnc,
        ArrayView<float> bEnc,
        RealBuffer? threshold,
        double bandwidth,
        int firstLatent,
        int latents,
        GatedMagnitudes? gate = null)
    {
        ArrayView<float> activations = device.Scratch.Real("ReluActivations", (long)latents * input.Rows);
        Parameters parameters = new()
        {
            Way = way,
            Input = device.View(input),
            WEnc = wEnc,
            BEnc = bEnc,
            Threshold = threshold is null ? bEnc : device.View(threshold),
            HasThreshold = threshold is null ? 0 : 1,
            Gains = gate is null ? bEnc : device.View(gate.Value.Gains),
            Shifts = gate is null ? bEnc : device.View(gate.Value.Shifts),
            HasGate = gate is null ? 0 : 1,
            HalfWidth = (float)(bandwidth / 2),
            Activations = activations,
            FirstLatent = firstLatent,
            Pairs = latents * input.Rows,
            Rows = input.Rows,
            DIn = input.Columns,
        };
        this.kernel.Launch(device.GroupsOfElements(parameters.Pairs), device.GroupSize, parameters);
        return activations;
    }

    /// <summary>Whether a number is an activation, or one that is near its threshold.</summary>
    public static bool IsEntry(float activation) => Interop.FloatAsInt(activation) != 0;

    private static void Encode(Parameters p)
    {
        int pairs = EntryWay.Count(p.Way, p.Pairs);
        for (int pair = (Grid.IdxX * Group.DimX) + Group.IdxX; pair < pairs; pair += Grid.DimX * Group.DimX)
        {
            int latent = p.FirstLatent + (pair / p.Rows);
            long weights = (long)latent * p.DIn;
            long input = (long)(pair % p.Rows) * p.DIn;
            float sum = p.BEnc[latent];
            for (int d = 0; d < p.DIn; d++)
            {
                sum = Fma(p.WEnc[weights + d], p.Input[input + d], sum);
            }

            float cut = 0;
            if (p.HasThreshold != 0)
            {
                cut = JumpGradients.CutOf(p.Threshold[latent]);
            }

            if (p.HasGate != 0)
            {
                sum = GateView.Of(p.Gains[latent], p.Shifts[latent], sum);
            }

            float idle = Interop.IntAsFloat(sum > cut - p.HalfWidth ? NegativeZero : 0);
            p.Activations[pair] = sum <= cut ? idle : sum;
        }
    }

    internal struct Parameters
    {
        public EntryWay Way;
        public ArrayView<float> Input;
        public ArrayView<float> WEnc;
        public ArrayView<float> BEnc;
        public ArrayView<float> Threshold;
        public ArrayView<float> Gains;
        public ArrayView<float> Shifts;
        public ArrayView<float> Activations;
        public float HalfWidth;
        public int HasGate;
        public int HasThreshold;
        public int FirstLatent;
        public int Pairs;
        public int Rows;
        public int DIn;
    }
}
