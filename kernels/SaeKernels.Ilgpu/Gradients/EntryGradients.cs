using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   dz = scale · ⟨e, W_dec[j]⟩ of each entry; ∂b_enc[j] = Σ dz, and ⟨∂W_dec[j], W_dec[j]⟩ = Σ v · dz
/// Work       2 · entries · (DOut + 18) FLOP
/// Traffic    4 · entries · (DOut + 35) + 4 · DSae · DOut bytes → bound by memory
/// Launch     products: groups take latents in turns, teams of 16 threads entries; sums: teams take latents
/// Shared     1 KiB        Barriers  2 per 8 latents (of a group of 128), in the sums
/// Order      columns and entries in fixed trees of 16 branches, each ascending; deterministic
/// Error      dz: (DOut / 16 + 17) · 2⁻²⁴ · |scale| · Σ|e·w|; sums: (n / 16 + 17) · 2⁻²⁴ · Σ|dz| more
/// Source     Gao et al. 2024, §2.3; the projection's inner product needs no pass of its own, by linearity
/// </summary>
internal sealed class EntryGradients(KernelDevice device)
{
    private const int TeamSize = 16;
    private readonly Kernel<Parameters> productKernel = new(device, MultiplyEntries);
    private readonly Kernel<Parameters> sumKernel = new(device, SumEntries);

    public void Launch(in LatentEntries entries, ArrayView<float> wDec, ArrayView<float> gradBEnc)
    {
        Parameters parameters = new()
        {
            Entries = entries,
            WDec = wDec,
            Products = device.Scratch.Real("EntryGradients.Products", TeamSize * entries.Values.Length),
            GradBEnc = gradBEnc,
        };
        int teams = device.GroupSize / TeamSize;
        this.productKernel.Launch(device.Groups(entries.Latents), device.GroupSize, parameters);
        this.sumKernel.Launch(device.Groups((entries.Latents + (long)teams - 1) / teams), device.GroupSize, parameters);
    }

    /// <summary>Stores the sixteen partial sums of each entry's inner product.</summary>
    private static void MultiplyEntries(Parameters p)
    {
        int teams = Group.DimX / TeamSize;
        int lane = Group.IdxX % TeamSize;
        for (int latent = Grid.IdxX; latent < p.Entries.Latents; latent += Grid.DimX)
        {
            int end = p.Entries.Offsets[latent + 1];
            for (int entry = p.Entries.Offsets[latent] + (Group.IdxX / TeamSize); entry < end; entry += teams)
            {
                long residuals = (long)p.Entries.Rows[entry] * p.Entries.DOut;
                long weights = (long)latent * p.Entries.DOut;
                float sum = 0;
                for (int d = lane; d < p.Entries.DOut; d += TeamSize)
                {
                    sum = Fma(p.Entries.Residuals[residuals + d], p.WDec[weights + d], sum);
                }

                p.Products[((long)entry * TeamSize) + lane] = sum;
            }
        }
    }

    private static void SumEntries(Parameters p)
    {
        ArrayView<float> biases = SharedMemory.Allocate<float>(KernelDevice.MaxGroupSize);
        ArrayView<float> alongs = SharedMemory.Allocate<float>(KernelDevice.MaxGroupSize);
        int teams = Group.DimX / TeamSize;
        int lane = Group.IdxX % TeamSize;
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        for (int first = Grid.IdxX * teams; first < p.Entries.Latents; first += Grid.DimX * teams)
        {
            int latent = first + (Group.IdxX / TeamSize);
            float bias = 0;
            float along = 0;
            if (latent < p.Entries.Latents)
            {
                int end = p.Entries.Offsets[latent + 1];
                for (int entry = p.Entries.Offsets[latent] + lane; entry < end; entry += TeamSize)
                {
                    float scale = p.Entries.Rows[entry] < p.Entries.Batch ? p.Entries.Scale : auxScale;
                    float gradient = scale * SumOfTeam(p.Products, (long)entry * TeamSize);
                    p.Entries.GradEntries[entry] = gradient;
                    bias += gradient;
                    along = Fma(p.Entries.Values[entry], gradient, along);
                }
            }

            biases[Group.IdxX] = bias;
            alongs[Group.IdxX] = along;
            Group.Barrier();
            if (lane == 0 && latent < p.Entries.Latents)
            {
                p.GradBEnc[latent] = SumOfTeam(biases, Group.IdxX);
                p.Entries.Along[latent] = SumOfTeam(alongs, Group.IdxX);
            }

            Group.Barrier();
        }
    }

    private static float SumOfTeam(ArrayView<float> values, long start)
    {
        float sum = values[start];
        for (int i = 1; i < TeamSize; i++)
        {
            sum += values[start + i];
        }

        return sum;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ArrayView<float> WDec;
        public ArrayView<float> Products;
        public ArrayView<float> GradBEnc;
    }
}
