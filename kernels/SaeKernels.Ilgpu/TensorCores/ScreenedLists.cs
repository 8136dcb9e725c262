using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// What may be among the K largest of a row within a range of latents: lists whose keys are those of lower bounds.
/// </summary>
/// <remarks>
/// The K-th largest lower bound is a number that K pre-activations reach: what cannot reach it is not among the K
/// largest. A list that is pruned keeps the K largest lower bounds in front, and of the others those whose upper bound
/// reaches the K-th. Where more of these remain than the list has room for, the row is given up: float32 decides it.
/// </remarks>
internal struct ScreenedLists : IScreen<ScreenedLists>
{
    /// <summary>The lists; masked and pruned as <see cref="RowLists"/> are.</summary>
    public RowLists Lists;

    /// <summary>[rows] flags of the rows that were given up.</summary>
    public ArrayView<int> GivenUp;

    /// <summary>Latents that a tile adds to a row.</summary>
    public int Width;

    /// <summary>What a list may hold before a tile is added.</summary>
    public int Room;

    public static void Offer(ScreenedLists self, TileJob job, ScreenedValue value, ScreenState state) => Offer(
        self,
        job.Index,
        value.Slot,
        value.Latent,
        value.Lower,
        value.Upper,
        ref state.Lengths[value.Slot],
        state.Thresholds[value.Slot]);

    public static void Tidy(ScreenedLists self, TileJob job, ScreeningLatents latents, ScreenState state)
    {
        for (int slot = Group.IdxX; slot < job.Rows; slot += Group.DimX)
        {
            ScreeningRow row = ScreenState.RowOf(state, slot);
            Prune(self, job, slot, row, latents, ref state.Lengths[slot], ref state.Thresholds[slot]);
        }
    }

    public static void End(ScreenedLists self, TileJob job, ScreenState state)
    {
        for (int slot = Group.IdxX; slot < job.Rows; slot += Group.DimX)
        {
            self.Lists.Lengths[((long)job.Range * self.Lists.Rows) + job.FirstRow + slot] = state.Lengths[slot];
        }
    }

    /// <summary>Adds a latent, if its upper bound reaches the row's threshold.</summary>
    public static void Offer(
        ScreenedLists self,
        int job,
        int slot,
        int latent,
        float lower,
        float upper,
        ref int length,
        float threshold)
    {
        // NaN passes: it is above every number.
        bool passes = !(upper < threshold);
        if (passes && self.Lists.IsMasked != 0)
        {
            passes = self.Lists.Mask[latent] != 0;
        }

        if (passes)
        {
            int place = Atomic.Add(ref length, 1);
            self.Lists.Keys[Place(self, job, slot, place)] =
                PreActivationOrder.Key(PreActivationOrder.Of(lower), latent);
        }
    }

    /// <summary>Makes room for the next tile in a row's list.</summary>
    public static void Prune(
        ScreenedLists self,
        TileJob job,
        int slot,
        ScreeningRow row,
        ScreeningLatents latents,
        ref int length,
        ref float threshold)
    {
        int kept = length;
        bool isComplete = self.Lists.Capacity == self.Lists.Jobs.LatentsPerRange;
        if (kept > self.Room && !isComplete)
        {
            long start = RowLists.Start(self.Lists, job.Index, slot);
            int stride = self.Lists.KeyStride;
            ulong smallest = KeyList.KeepLargest(self.Lists.Keys, start, stride, kept, self.Lists.K);
            float reached = Value(PreActivationOrder.OfKey(smallest));
            kept = latents.Bound.IsExact != 0
                ? KeepReaching(self, job.Index, slot, kept, reached, row, latents)
                : self.Lists.K;
            length = kept;
            threshold = reached;
        }

        if (kept > self.Room && !isComplete)
        {
            length = 0;
            threshold = float.PositiveInfinity;
            self.GivenUp[job.FirstRow + slot] = 1;
        }
    }

    /// <summary>Returns the number of an order: the inverse of <see cref="PreActivationOrder.Of"/>.</summary>
    public static float Value(uint order) => Interop.IntAsFloat(
        order >= PreActivationOrder.Zero ? order & ~PreActivationOrder.Zero : ~order);

    /// <summary>The place of an element of a list.</summary>
    public static long Place(ScreenedLists self, int job, int slot, int element) =>
        RowLists.Start(self.Lists, job, slot) + ((long)element * self.Lists.KeyStride);

    /// <summary>Returns a number that is not below the upper bound of a key's latent.</summary>
    public static float UpperBound(ulong key, ScreeningRow row, ScreeningLatents latents)
    {
        float lower = Value(PreActivationOrder.OfKey(key));
        float radius = ScreeningLatents.Radius(latents, row, PreActivationOrder.Latent(key));

        // Three roundings of a lower bound and of this sum; the radius has room for them.
        return FusedMultiplyAdd.Fma(2, radius, lower);
    }

    /// <summary>Closes up behind the K keys in front those that reach a threshold; returns how many are left.</summary>
    private static int KeepReaching(
        ScreenedLists self,
        int job,
        int slot,
        int length,
        float threshold,
        ScreeningRow row,
        ScreeningLatents latents)
    {
        int kept = self.Lists.K;
        for (int element = kept; element < length; element++)
        {
            ulong key = self.Lists.Keys[Place(self, job, slot, element)];
            if (!(UpperBound(key, row, latents) < threshold))
            {
                self.Lists.Keys[Place(self, job, slot, kept)] = key;
                kept++;
            }
        }

        return kept;
    }
}
