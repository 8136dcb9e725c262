using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   ∂θ[j] = −(1/ε) · (θ[j] · Σ G + s · n) over the entries near a threshold, and adds ∂θ² to squared norms
/// Work       2 FLOP an entry
/// Traffic    8 bytes an entry → bound by memory
/// Launch     groups take latents in turns, threads take entries in turns; after the visits of a list
/// Shared     1.1 KiB        Barriers  4 a latent
/// Order      a fixed tree; deterministic
/// Error      (n + 4) · 2⁻²⁴ · Σ|θ·G + s| / ε
/// Source     Rajamanoharan et al. 2024, "Jumping ahead", appendix A
/// </summary>
internal sealed class JumpGradients(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, SumLatents);

    /// <summary>Enqueues a list's thresholds; nothing where there are none.</summary>
    public void Launch(in LatentGradientInputs inputs, EntryList list, in LatentEntries entries, RealBuffer norms)
    {
        if (inputs.Threshold is not JumpThreshold threshold)
        {
            return;
        }

        Parameters parameters = new()
        {
            Entries = entries,
            Gradients = list.RowsOf(device.View(threshold.Gradients), 1),
            RowSquaredNorms = list.RowsOf(device.View(norms), 1),
        };
        this.kernel.Launch(device.Groups(list.Latents), device.GroupSize, parameters);
    }

    /// <summary>What pre-activations must exceed for a threshold: nothing but NaN passes one that is NaN.</summary>
    public static float CutOf(float threshold)
    {
        float cut = threshold > 0 ? threshold : 0;
        return float.IsNaN(threshold) ? float.PositiveInfinity : cut;
    }

    private static void SumLatents(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        p.Entries = LatentEntries.Load(p.Entries);
        int latents = EntryWay.Count(p.Entries.Way, p.Entries.Latents);
        for (int latent = Grid.IdxX; latent < latents; latent += Grid.DimX)
        {
            p.Entries = LatentEntries.At(p.Entries, latent);
            float sum = 0;
            float count = 0;
            int end = p.Entries.Offsets[latent + 1];
            for (int entry = p.Entries.Offsets[latent] + Group.IdxX; entry < end; entry += Group.DimX)
            {
                bool isNear = JumpView.IsNear(p.Entries.Jump, p.Entries.Values[entry]);
                sum += isNear ? p.Entries.GradEntries[entry] : 0;

                // Not the integer 1: ILGPU 1.5.3 takes its bits for those of the float32 that it is converted to.
                count += isNear ? 1f : 0f;
            }

            sum = GroupReduction.Sum(shared, sum);
            count = GroupReduction.Sum(shared, count);
            if (Group.IdxX == 0)
            {
                Store(p, latent, sum, count);
            }
        }
    }

    private static void Store(Parameters p, int latent, float sum, float count)
    {
        JumpView jump = p.Entries.Jump;
        float near = 0;
        if (count > 0)
        {
            near = ((jump.Cut * sum) + (jump.StepScale * count)) / jump.Bandwidth;
        }

        float gradient = InactivePrices.ThresholdOf(p.Entries, latent) - near;
        p.Gradients[latent] = gradient;
        p.RowSquaredNorms[latent] = FusedMultiplyAdd.Fma(gradient, gradient, p.RowSquaredNorms[latent]);
    }

    internal struct Parameters
    {
        public LatentEntries Entries;
        public ArrayView<float> Gradients;
        public ArrayView<float> RowSquaredNorms;
    }
}
