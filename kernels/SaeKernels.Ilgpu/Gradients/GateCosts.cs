using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σ φ(π) over the entries of each gated latent: visits have no sum to spare for it
/// Work       1 FLOP an entry and that of φ
/// Traffic    4 bytes an entry → bound by memory
/// Launch     groups take latents in turns, threads take entries in turns; after the visits of a list
/// Shared     1.1 KiB        Barriers  2 a latent
/// Order      a fixed tree; deterministic
/// Error      (n + 4) · 2⁻²⁴ · Σ φ
/// Source     Rajamanoharan et al. 2024, "Gated sparse autoencoders", §3.2
/// </summary>
internal sealed class GateCosts(KernelDevice device)
{
    private readonly Kernel<LatentEntries> kernel = new(device, SumLatents);

    /// <summary>Enqueues a list's latents; nothing where there are no gates, or entries cost nothing.</summary>
    public void Launch(in LatentGradientInputs inputs, EntryList list, in LatentEntries entries)
    {
        if (inputs.Gate is not null && inputs.Penalty is not null)
        {
            this.kernel.Launch(device.Groups(list.Latents), device.GroupSize, entries);
        }
    }

    private static void SumLatents(LatentEntries p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        int latents = EntryWay.Count(p.Way, p.Latents);
        for (int latent = Grid.IdxX; latent < latents; latent += Grid.DimX)
        {
            float sum = 0;
            int end = p.Offsets[latent + 1];
            for (int entry = p.Offsets[latent] + Group.IdxX; entry < end; entry += Group.DimX)
            {
                sum += PenaltyView.CostOf(p.Penalty, p.Values[entry]).Cost;
            }

            sum = GroupReduction.Sum(shared, sum);
            if (Group.IdxX == 0)
            {
                p.PenaltySums[latent] = sum;
            }
        }
    }
}
