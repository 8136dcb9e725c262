using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// What a visit to a latent begins with: dz of its entries, and their sums; called in kernels, by all threads of a
/// group together. Gradients of packs of its rows follow from these, by <see cref="LatentEntries"/>.
/// </summary>
internal static class LatentVisit
{
    // Half of what a multiprocessor holds at most: visits take more registers than the simple kernels, and each group
    // has a share of the encoder's path to keep in the cache.
    private const int GroupsPerMultiprocessor = 8;

    /// <summary>Groups that visit latents in turns.</summary>
    public static int Groups(KernelDevice device, int latents) =>
        Math.Min(latents, GroupsPerMultiprocessor * device.Accelerator.NumMultiprocessors);

    /// <summary>Computes dz of a latent's entries; what it returns all threads get.</summary>
    public static LatentSums Begin<TPack>(LatentEntries entries, int latent, float auxScale, GroupMemory memory)
        where TPack : unmanaged, IPack<TPack>
    {
        float weight = PenaltyWeight<TPack>(entries, latent, memory.Numbers);
        EntryRange range = EntryRange.OfLatent(entries, latent);
        ThreeSums sums = EntryProducts.Add<TPack>(entries, latent, range, weight, auxScale, memory.Products);
        for (int segment = range.FirstSegment + Group.IdxX; segment < range.EndSegment; segment += Group.DimX)
        {
            sums = ThreeSums.Add(sums, SegmentSums.SumsOf(entries, segment));
        }

        sums = GroupReduction.Sum(memory.Threes, sums);
        float gradGate = sums.First - (entries.Push * entries.Batch);
        float ofMagnitude = 0;
        if (GateView.Exists(entries.Gate))
        {
            ofMagnitude = entries.Gate.Gain * sums.Third;
        }
        else if (Group.IdxX == 0 && PenaltyView.Exists(entries.Penalty))
        {
            entries.PenaltySums[latent] = sums.Third;
        }

        return new LatentSums
        {
            Range = range,
            GradBEnc = gradGate,
            GradPath = gradGate + ofMagnitude,
            SquaresOfGate = GateView.Store(entries.Gate, latent, sums.Third, sums.Second),
            Latent = latent,
            OfPull = entries.Penalty.Scale * sums.Second,
            Along = Along(entries, sums, weight) - entries.Pull,
            HasGradient = entries.HasInactive != 0 || entries.Offsets[latent + 1] > entries.Offsets[latent] ? 1 : 0,
        };
    }

    /// <summary>How much of W_dec[j] is taken off ∂W_dec[j] at a column.</summary>
    public static float AlongOf(LatentEntries entries, LatentSums sums, int column)
    {
        float along = sums.Along;
        if (entries.Sites > 1)
        {
            int site = 0;
            while (site < entries.Sites - 1 && column >= entries.SiteEnds[site])
            {
                site++;
            }

            float norm = entries.SiteNorms[((long)sums.Latent * entries.Sites) + site];
            along = norm > 0 ? -(sums.OfPull / norm) : 0;
        }

        return along;
    }

    /// <summary>
    /// What a unit of the latent's activation costs, before the scale: 1, or the sum of the norms of the decoder row's
    /// parts, which are noted where there are several: by every thread, so that each reads what it wrote.
    /// </summary>
    public static float PenaltyWeight<TPack>(LatentEntries entries, int latent, ArrayView<float> shared)
        where TPack : unmanaged, IPack<TPack>
    {
        bool isByNorm = PenaltyView.IsByNorm(entries.Penalty);

        // No condition around the barriers of the reduction: PoCL 6 corrupts memory there.
        float weight = 0;
        int first = 0;
        for (int site = 0; site < entries.Sites; site++)
        {
            int end = entries.DOut;
            if (entries.Sites > 1)
            {
                end = entries.SiteEnds[site];
            }

            int columns = isByNorm ? end : 0;
            float squares = 0;
            for (int d = first + (Group.IdxX * TPack.Width); d < columns; d += Group.DimX * TPack.Width)
            {
                TPack weights = TPack.Load(entries.WDec, ((long)latent * entries.DOut) + d);
                squares = TPack.AddProducts(squares, weights, weights);
            }

            float norm = MathF.Sqrt(GroupReduction.Sum(shared, squares));
            if (entries.Sites > 1)
            {
                entries.SiteNorms[((long)latent * entries.Sites) + site] = norm;
            }

            weight += norm;
            first = end;
        }

        return isByNorm ? weight : 1;
    }

    /// <summary>How much of W_dec[j] is taken off ∂W_dec[j].</summary>
    private static float Along(LatentEntries entries, ThreeSums sums, float weight)
    {
        float along = entries.IsProjected != 0 ? sums.Second : 0;
        if (PenaltyView.IsByNorm(entries.Penalty))
        {
            along = weight > 0 ? -(entries.Penalty.Scale * sums.Second / weight) : 0;
        }

        return along;
    }

    /// <summary>What the entries of a latent come to.</summary>
    internal struct LatentSums
    {
        public EntryRange Range;
        public float GradBEnc;

        /// <summary>What W_enc[j] is multiplied with in the encoder's path.</summary>
        public float GradPath;

        /// <summary>∂b_mag² + ∂r², or 0.</summary>
        public float SquaresOfGate;
        public int Latent;

        /// <summary>The penalty's scale times Σ v · φ′.</summary>
        public float OfPull;

        /// <summary>How much of W_dec[j] is taken off ∂W_dec[j]: for the projection, or a penalty.</summary>
        public float Along;

        /// <summary>Whether there are entries, or something else that makes ∂b_enc other than 0.</summary>
        public int HasGradient;
    }
}
