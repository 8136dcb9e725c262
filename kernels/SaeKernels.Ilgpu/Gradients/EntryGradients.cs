using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   dz = scale · ⟨e, W_dec[j]⟩ + penalty of each entry; ∂b_enc[j] = Σ dz, and how much of W_dec[j] is taken
///            off ∂W_dec[j]: ⟨∂W_dec[j], W_dec[j]⟩ = Σ v · (dz − penalty) for the projection, or what the penalty adds
/// Work       2 · entries · (DOut + 18) FLOP
/// Traffic    4 · entries · (DOut + 5) + 4 · DSae · DOut bytes → bound by memory (residuals from the cache)
/// Launch     products: teams of 16 threads take runs of 16 entries in turns, a thread packs of four columns; sums:
///            teams take latents
/// Shared     8.5 KiB        Barriers  2 per 16 entries of a team, in the products; 2 per latent of a team, in the sums
/// Order      columns and entries in fixed trees of 16 branches, each ascending; deterministic
/// Error      dz: (DOut / 32 + 19) · 2⁻²⁴ · |scale| · Σ|e·w|; sums: (n / 16 + 17) · 2⁻²⁴ · Σ|dz| more
/// Source     Gao et al. 2024, §2.3; the projection's inner product needs no pass of its own, by linearity
/// </summary>
internal sealed class EntryGradients(KernelDevice device)
{
    private const int TeamSize = 16;

    // One more than a run, so that the threads of a team meet different banks when they add up columns.
    private const int Stride = TeamSize + 1;
    private readonly Kernel<Parameters> singlesKernel = new(device, MultiplyEntries<Pack1>);
    private readonly Kernel<Parameters> foursKernel = new(device, MultiplyEntries<Pack4>);
    private readonly Kernel<Parameters> weightKernel = new(device, WeighLatents);
    private readonly Kernel<Parameters> sumKernel = new(device, SumEntries);

    public void Launch(in LatentEntries entries, ArrayView<float> wDec, ArrayView<float> gradBEnc)
    {
        Parameters parameters = new() { Entries = entries, WDec = wDec, GradBEnc = gradBEnc };
        int teams = device.GroupSize / TeamSize;
        if (entries.Penalty != 0)
        {
            this.weightKernel.Launch(device.Groups(entries.Latents), device.GroupSize, parameters);
        }

        Kernel<Parameters> productKernel =
            entries.DOut % Pack4.Width == 0 ? this.foursKernel : this.singlesKernel;
        productKernel.Launch(device.GroupsOfElements(entries.Values.Length), device.GroupSize, parameters);
        this.sumKernel.Launch(device.Groups((entries.Latents + (long)teams - 1) / teams), device.GroupSize, parameters);
    }

    private static void WeighLatents(Parameters p)
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int latent = Grid.IdxX; latent < p.Entries.Latents; latent += Grid.DimX)
        {
            float squares = 0;
            for (int d = Group.IdxX; d < p.Entries.DOut; d += Group.DimX)
            {
                float weight = p.WDec[((long)latent * p.Entries.DOut) + d];
                squares = FusedMultiplyAdd.Fma(weight, weight, squares);
            }

            float norm = MathF.Sqrt(GroupReduction.Sum(shared, squares));
            if (Group.IdxX == 0)
            {
                p.Entries.PenaltyWeights[latent] = p.Entries.Penalty == LatentEntries.ByNorm ? norm : 1;
            }
        }
    }

    private static void MultiplyEntries<TPack>(Parameters p)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(KernelDevice.MaxGroupSize * Stride);
        int lane = Group.IdxX % TeamSize;
        int firstOfTeam = Group.IdxX - lane;
        int count = p.Entries.Offsets[p.Entries.Latents];
        float auxScale = LatentEntries.AuxScaleOf(p.Entries);

        // A group of n threads has n / 16 teams with 16 entries each: as many entries as threads.
        for (int first = Grid.IdxX * Group.DimX; first < count; first += Grid.DimX * Group.DimX)
        {
            MultiplyRun<TPack>(p, first + firstOfTeam, count, lane, shared);
            GroupBarrier.Wait();
            int entry = first + Group.IdxX;
            if (entry < count)
            {
                float sum = 0;
                for (int thread = firstOfTeam; thread < firstOfTeam + TeamSize; thread++)
                {
                    sum += shared[(thread * Stride) + lane];
                }

                float scale = p.Entries.Rows[entry] < p.Entries.Batch ? p.Entries.Scale : auxScale;
                p.Entries.GradEntries[entry] = (scale * sum) + PenaltyOf(p, entry);
            }

            GroupBarrier.Wait();
        }
    }

    /// <summary>Stores a thread's part of the inner products of its team's sixteen entries.</summary>
    private static void MultiplyRun<TPack>(Parameters p, int first, int count, int lane, ArrayView<float> shared)
        where TPack : unmanaged, IPack<TPack>
    {
        int latent = 0;
        int endOfLatent = 0;
        for (int i = 0; i < TeamSize; i++)
        {
            int entry = first + i;
            float sum = 0;
            if (entry < count)
            {
                if (entry >= endOfLatent)
                {
                    latent = LatentEntries.LatentOf(p.Entries, entry);
                    endOfLatent = p.Entries.Offsets[latent + 1];
                }

                sum = Multiply<TPack>(p, entry, latent, lane);
            }

            shared[(Group.IdxX * Stride) + i] = sum;
        }
    }

    private static float Multiply<TPack>(Parameters p, int entry, int latent, int lane)
        where TPack : unmanaged, IPack<TPack>
    {
        long residuals = (long)p.Entries.Rows[entry] * p.Entries.DOut;
        long weights = (long)latent * p.Entries.DOut;
        int step = TeamSize * TPack.Width;
        int d = lane * TPack.Width;
        float even = 0;
        float odd = 0;
        for (; d + step < p.Entries.DOut; d += 2 * step)
        {
            TPack evenResiduals = TPack.Load(p.Entries.Residuals, residuals + d);
            TPack evenWeights = TPack.Load(p.WDec, weights + d);
            TPack oddResiduals = TPack.Load(p.Entries.Residuals, residuals + d + step);
            TPack oddWeights = TPack.Load(p.WDec, weights + d + step);
            even = TPack.AddProducts(even, evenResiduals, evenWeights);
            odd = TPack.AddProducts(odd, oddResiduals, oddWeights);
        }

        if (d < p.Entries.DOut)
        {
            even = TPack.AddProducts(
                even, TPack.Load(p.Entries.Residuals, residuals + d), TPack.Load(p.WDec, weights + d));
        }

        return even + odd;
    }

    private static float PenaltyOf(Parameters p, int entry)
    {
        float penalty = 0;
        if (p.Entries.Penalty != 0 && p.Entries.Rows[entry] < p.Entries.Batch)
        {
            penalty = p.Entries.PenaltyScale * p.Entries.PenaltyWeights[LatentEntries.LatentOf(p.Entries, entry)];
        }

        return penalty;
    }

    private static void SumEntries(Parameters p)
    {
        ArrayView<float> values = SharedMemory.Allocate<float>(KernelDevice.MaxGroupSize);
        ArrayView<float> biases = SharedMemory.Allocate<float>(KernelDevice.MaxGroupSize);
        ArrayView<float> alongs = SharedMemory.Allocate<float>(KernelDevice.MaxGroupSize);
        int teams = Group.DimX / TeamSize;
        int lane = Group.IdxX % TeamSize;
        for (int first = Grid.IdxX * teams; first < p.Entries.Latents; first += Grid.DimX * teams)
        {
            int latent = first + (Group.IdxX / TeamSize);
            float bias = 0;
            float along = 0;
            float value = 0;
            float penalty = 0;
            if (latent < p.Entries.Latents && p.Entries.Penalty != 0)
            {
                penalty = p.Entries.PenaltyScale * p.Entries.PenaltyWeights[latent];
            }

            if (latent < p.Entries.Latents)
            {
                int end = p.Entries.Offsets[latent + 1];
                for (int entry = p.Entries.Offsets[latent] + lane; entry < end; entry += TeamSize)
                {
                    float gradient = p.Entries.GradEntries[entry];
                    bias += gradient;
                    float paid = p.Entries.Rows[entry] < p.Entries.Batch ? penalty : 0;
                    along = FusedMultiplyAdd.Fma(p.Entries.Values[entry], gradient - paid, along);
                    value += p.Entries.Rows[entry] < p.Entries.Batch ? p.Entries.Values[entry] : 0;
                }
            }

            biases[Group.IdxX] = bias;
            alongs[Group.IdxX] = along;
            values[Group.IdxX] = value;
            GroupBarrier.Wait();
            if (lane == 0 && latent < p.Entries.Latents)
            {
                p.GradBEnc[latent] = SumOfTeam(biases, Group.IdxX);
                StoreSums(p, latent, SumOfTeam(alongs, Group.IdxX), SumOfTeam(values, Group.IdxX));
            }

            GroupBarrier.Wait();
        }
    }

    private static void StoreSums(Parameters p, int latent, float along, float value)
    {
        p.Entries.Along[latent] = along;
        if (p.Entries.Penalty != 0)
        {
            float weight = p.Entries.PenaltyWeights[latent];
            p.Entries.PenaltySums[latent] = weight * value;
            if (p.Entries.Penalty == LatentEntries.ByNorm)
            {
                p.Entries.Along[latent] = weight > 0 ? -(p.Entries.PenaltyScale * value / weight) : 0;
            }
        }
    }

    private static float SumOfTeam(ArrayView<float> values, int start)
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
        public ArrayView<float> GradBEnc;
    }
}
