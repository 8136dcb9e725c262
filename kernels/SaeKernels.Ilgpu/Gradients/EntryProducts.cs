using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// dz = scale · ⟨e, W_dec[j]⟩ + penalty of a latent's entries, and what a latent needs of their sums; called in
/// kernels, by all threads of a group together.
/// </summary>
/// <remarks>
/// Teams of 16 threads take entries in turns, a thread every 16th pack of the columns; then one thread for each entry
/// adds the 16 parts up. Sums over entries: First Σ dz, Second Σ v · (dz − penalty), Third what the batch's own rows
/// cost. The second is ⟨∂W_dec[j], W_dec[j]⟩: by linearity the projection needs no pass of its own. Where latents pay
/// by the length of their row, which is not projected then, it is Σ v · φ′ of the batch's own rows instead.
/// </remarks>
internal static class EntryProducts
{
    /// <summary>Elements of shared memory.</summary>
    public const int SharedLength = KernelDevice.MaxGroupSize * Stride;

    private const int TeamSize = 16;

    // Entries of a team between two barriers: latents have about ten on average, and a group has six to eight teams.
    private const int Turns = 4;

    // One more, so that the threads of a team meet different banks when they add parts up.
    private const int Stride = Turns + 1;

    /// <summary>
    /// Stores dz of every entry of a range, and returns this thread's part of the sums. Gated latents take two passes,
    /// of their magnitudes and of their gates, whose residuals lie below the others.
    /// </summary>
    /// <param name="p">The entries.</param>
    /// <param name="latent">Their latent.</param>
    /// <param name="range">Which of its entries.</param>
    /// <param name="weight">n of the latent.</param>
    /// <param name="auxScale">The scale of auxiliary rows.</param>
    /// <param name="shared">Memory for the parts of products.</param>
    public static ThreeSums Add<TPack>(
        LatentEntries p, int latent, EntryRange range, float weight, float auxScale, ArrayView<float> shared)
        where TPack : unmanaged, IPack<TPack>
    {
        ThreeSums sums = default;
        for (int pass = 0; pass < p.Gate.Passes; pass++)
        {
            p.Gate.Pass = pass;
            p.Shift = pass == 0 ? p.Shift : p.Batch;
            sums = AddPass<TPack>(p, latent, range, weight, auxScale, shared, sums);
        }

        return sums;
    }

    private static ThreeSums AddPass<TPack>(
        LatentEntries p,
        int latent,
        EntryRange range,
        float weight,
        float auxScale,
        ArrayView<float> shared,
        ThreeSums start)
        where TPack : unmanaged, IPack<TPack>
    {
        int teams = Group.DimX / TeamSize;
        int team = Group.IdxX / TeamSize;
        int lane = Group.IdxX % TeamSize;
        ThreeSums sums = start;
        for (int first = 0; first < range.Count; first += Turns * teams)
        {
            for (int turn = 0; turn < Turns; turn++)
            {
                int i = first + (turn * teams) + team;
                float part = 0;
                if (i < range.Count)
                {
                    part = Multiply<TPack>(p, EntryRange.Entry(range, i), latent, lane);
                }

                shared[(Group.IdxX * Stride) + turn] = part;
            }

            GroupBarrier.Wait();
            int own = first + (lane * teams) + team;
            if (lane < Turns && own < range.Count)
            {
                float product = SumOfTeam(shared, Group.IdxX - lane, lane);
                int entry = EntryRange.Entry(range, own);
                sums = GateView.Exists(p.Gate)
                    ? StoreGated(p, entry, product, sums)
                    : Store(p, entry, product, weight, auxScale, sums);
            }

            GroupBarrier.Wait();
        }

        return sums;
    }

    private static ThreeSums Store(
        LatentEntries p, int entry, float product, float weight, float auxScale, ThreeSums sums)
    {
        bool isMain = p.Rows[entry] < p.Batch;
        float value = p.Values[entry];
        float fit = (isMain ? p.Scale : auxScale) * product;
        PenaltyView.CostOfEntry cost = PenaltyView.CostOf(p.Penalty, weight * value);
        float slope = p.Payments * cost.Slope;
        float gradient = fit + (isMain ? p.Penalty.Scale * weight * slope : 0);
        float pull = isMain ? slope : 0;
        p.GradEntries[entry] = gradient;
        return new ThreeSums
        {
            First = sums.First + LatentEntries.OfInput(p, entry, gradient),
            Second = FusedMultiplyAdd.Fma(value, PenaltyView.IsByNorm(p.Penalty) ? pull : fit, sums.Second),
            Third = sums.Third + (isMain ? p.Payments * cost.Cost : 0),
        };
    }

    /// <summary>First becomes Σ dπ, Second Σ f · dm and Third Σ dm. Both passes give an entry to one thread.</summary>
    private static ThreeSums StoreGated(LatentEntries p, int entry, float product, ThreeSums sums)
    {
        float value = p.Values[entry];
        float fit = p.Scale * product;
        if (p.Gate.Pass == 0)
        {
            float magnitude = GateView.ValueOf(p.Gate, value);
            float ofMagnitude = magnitude == 0 ? 0f : fit;
            p.GradEntries[entry] = p.Gate.Gain * ofMagnitude;
            sums.Second = FusedMultiplyAdd.Fma(magnitude, ofMagnitude, sums.Second);
            sums.Third += ofMagnitude;
        }
        else
        {
            float ofGate = fit + (p.Penalty.Scale * PenaltyView.CostOf(p.Penalty, value).Slope);
            p.GradEntries[entry] += ofGate;
            sums.First += ofGate;
        }

        return sums;
    }

    private static float Multiply<TPack>(LatentEntries p, int entry, int latent, int lane)
        where TPack : unmanaged, IPack<TPack>
    {
        long residuals = DecoderSide.RowStart(p, entry);
        long weights = (long)latent * p.DOut;
        int step = TeamSize * TPack.Width;
        int d = lane * TPack.Width;
        float even = 0;
        float odd = 0;
        for (; d + step < p.DOut; d += 2 * step)
        {
            TPack evenResiduals = TPack.Load(p.Residuals, residuals + d);
            TPack evenWeights = TPack.Load(p.WDec, weights + d);
            TPack oddResiduals = TPack.Load(p.Residuals, residuals + d + step);
            TPack oddWeights = TPack.Load(p.WDec, weights + d + step);
            even = TPack.AddProducts(even, evenResiduals, evenWeights);
            odd = TPack.AddProducts(odd, oddResiduals, oddWeights);
        }

        if (d < p.DOut)
        {
            even = TPack.AddProducts(
                even, TPack.Load(p.Residuals, residuals + d), TPack.Load(p.WDec, weights + d));
        }

        return even + odd;
    }

    private static float SumOfTeam(ArrayView<float> shared, int firstThread, int turn)
    {
        float sum = shared[(firstThread * Stride) + turn];
        for (int thread = firstThread + 1; thread < firstThread + TeamSize; thread++)
        {
            sum += shared[(thread * Stride) + turn];
        }

        return sum;
    }
}
