using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   dz = scale · ⟨e, W_dec[j]⟩ of each entry, and of each latent ∂b_enc[j] = Σ dz and Σ v · dz = ⟨∂W_dec[j], W_dec[j]⟩
/// Work       2 · entries · DOut FLOP
/// Traffic    4 · entries · DOut + 4 · DSae · DOut bytes → bound by memory
/// Launch     groups take latents in turns; teams of 16 threads take entries in turns
/// Shared     512 bytes        Barriers  2 per 8 entries (of a group of 128), and 6 a latent that has entries
/// Order      columns in a fixed tree; entries of a team ascending, then teams; deterministic
/// Error      dz: (DOut / 16 + 17) · 2⁻²⁴ · |scale| · Σ|e·w|; sums: (n / 8 + 24) · 2⁻²⁴ · Σ|dz| more
/// Source     Gao et al. 2024, §2.3; the projection's inner product needs no pass of its own, by linearity
/// </summary>
internal sealed class EntryGradients(KernelDevice device)
{
    private const int TeamSize = 16;
    private readonly Kernel<Parameters> kernel = new(device, VisitLatents);

    public void Launch(in LatentEntries entries, ArrayView<float> wDec, ArrayView<float> gradBEnc)
    {
        Parameters parameters = new() { Entries = entries, WDec = wDec, GradBEnc = gradBEnc };
        this.kernel.Launch(device.Groups(entries.Latents), device.GroupSize, parameters);
    }

    private static void VisitLatents(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(KernelDevice.MaxGroupSize);
        int teams = Group.DimX / TeamSize;
        bool isLeader = Group.IdxX % TeamSize == 0;
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);
        for (int latent = Grid.IdxX; latent < p.Entries.Latents; latent += Grid.DimX)
        {
            int start = p.Entries.Offsets[latent];
            int end = p.Entries.Offsets[latent + 1];
            float bias = 0;
            float along = 0;
            for (int first = start; first < end; first += teams)
            {
                int entry = first + (Group.IdxX / TeamSize);
                shared[Group.IdxX] = entry < end ? PartialProduct(p, latent, entry) : 0;
                Group.Barrier();
                if (isLeader && entry < end)
                {
                    float scale = p.Entries.Rows[entry] < p.Entries.Batch ? p.Entries.Scale : auxScale;
                    float gradient = scale * TeamSum(shared);
                    p.Entries.GradEntries[entry] = gradient;
                    bias += gradient;
                    along = Fma(p.Entries.Values[entry], gradient, along);
                }

                Group.Barrier();
            }

            // Whether a latent has entries is the same for all threads of its group.
            if (end > start)
            {
                bias = GroupReduction.Sum(shared, bias);
                along = GroupReduction.Sum(shared, along);
            }

            if (Group.IdxX == 0)
            {
                p.GradBEnc[latent] = bias;
                p.Entries.Along[latent] = along;
            }
        }
    }

    private static float PartialProduct(Parameters p, int latent, int entry)
    {
        long row = (long)p.Entries.Rows[entry] * p.Entries.DOut;
        long weights = (long)latent * p.Entries.DOut;
        float sum = 0;
        for (int d = Group.IdxX % TeamSize; d < p.Entries.DOut; d += TeamSize)
        {
            sum = Fma(p.Entries.Residuals[row + d], p.WDec[weights + d], sum);
        }

        return sum;
    }

    private static float TeamSum(ArrayView<float> shared)
    {
        float sum = shared[Group.IdxX];
        for (int i = 1; i < TeamSize; i++)
        {
            sum += shared[Group.IdxX + i];
        }

        return sum;
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ArrayView<float> WDec;
        public ArrayView<float> GradBEnc;
    }
}
