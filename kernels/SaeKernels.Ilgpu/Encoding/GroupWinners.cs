using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Selects the largest positive pre-activation of each row within each group of consecutive latents; where there is
/// none, the group's first latent with 0.
/// </summary>
/// <remarks>
/// What a tile offers to a row is listed, and one thread a row goes through the list: no atomics on keys of 64 bits,
/// which many OpenCL devices have not. Ranges of latents may cut a group in two, each with a winner of its own: group g
/// of range r has place g + r, which no other pair has, since later ranges begin with no earlier group.
/// </remarks>
internal struct GroupWinners : ISelector<GroupWinners>
{
    /// <summary>[groups + ranges − 1, rows] the best key so far.</summary>
    public ArrayView<ulong> Keys;

    /// <summary>[jobs, <see cref="Width"/>, slots] keys that a tile offers.</summary>
    public ArrayView<ulong> Offered;
    public int Rows;
    public int GroupSize;

    /// <summary>The most keys that a tile offers to a row.</summary>
    public int Width;
    public int LatentsPerRange;

    public static int StateLength => TileJob.Slots;

    /// <summary>Makes room for the winners of a batch.</summary>
    /// <param name="device">Holds them.</param>
    /// <param name="encoder">The batch and the encoder.</param>
    /// <param name="groups">The number of groups, a divisor of DSae.</param>
    /// <param name="tiling">The producer's split of the batch, and the latents that its tiles add to a row.</param>
    public static GroupWinners Create(KernelDevice device, in EncoderView encoder, int groups, in Tiling tiling)
    {
        // Whole lanes are compared at once: some lie past the last row.
        long places = ((groups + tiling.Jobs.Ranges - 1L) * encoder.Rows) + LaneTile.Lanes;
        long offered = Math.Max((long)tiling.Jobs.Count * tiling.Width * TileJob.Slots, 1);
        return new GroupWinners
        {
            Keys = device.Scratch.Key("GroupWinners.Keys", places),
            Offered = device.Scratch.Key("GroupWinners.Offered", offered),
            Rows = encoder.Rows,
            GroupSize = encoder.Latents / groups,
            Width = tiling.Width,
            LatentsPerRange = tiling.Jobs.LatentsPerRange,
        };
    }

    /// <summary>The place of a latent's group within a range, in the first of the rows; called in kernels.</summary>
    public static long PlaceOf(GroupWinners self, int range, int latent) =>
        ((long)(latent / self.GroupSize) + range) * self.Rows;

    public static bool IsIdle(GroupWinners self) => false;

    public static void Begin(GroupWinners self, TileJob job, ArrayView<int> state)
    {
        for (int slot = Group.IdxX; slot < TileJob.Slots; slot += Group.DimX)
        {
            state[slot] = 0;
        }

        int end = (job.EndLatent - 1) / self.GroupSize;
        for (int group = job.FirstLatent / self.GroupSize; group <= end; group++)
        {
            int first = group * self.GroupSize;
            long place = PlaceOf(self, job.Range, first) + job.FirstRow;
            for (int slot = Group.IdxX; slot < job.Rows; slot += Group.DimX)
            {
                self.Keys[place + slot] = PreActivationOrder.Key(PreActivationOrder.Zero, first);
            }
        }
    }

    public static bool Accepts(
        GroupWinners self, TileJob job, ArrayView<int> state, int slot, int latent, uint order)
    {
        bool isAbove = order > PreActivationOrder.Zero;
        if (isAbove)
        {
            // Latents ascend, so one of a later tile loses a tie.
            long place = PlaceOf(self, job.Range, latent) + job.FirstRow + slot;
            isAbove = order > PreActivationOrder.OfKey(self.Keys[place]);
        }

        return isAbove;
    }

    public static uint AcceptsLanes(
        GroupWinners self,
        TileJob job,
        ArrayView<int> state,
        int firstSlot,
        int latent,
        ArrayView<float> lanes,
        int first)
    {
        uint mask = 0;
        long place = PlaceOf(self, job.Range, latent) + job.FirstRow + firstSlot;
        for (int lane = 0; lane < LaneTile.Lanes; lane++)
        {
            uint order = PreActivationOrder.Of(lanes[first + lane]);
            mask |= (order > PreActivationOrder.OfKey(self.Keys[place + lane]) ? 1u : 0u) << lane;
        }

        return mask;
    }

    public static int Count(
        GroupWinners self, TileJob job, ArrayView<int> state, int slot, int latent, uint order) => 0;

    public static int Reserve(GroupWinners self, int count) => 0;

    public static int Offer(
        GroupWinners self, TileJob job, ArrayView<int> state, int slot, int latent, uint order, int place)
    {
        int length = GroupCount.Increment(state, slot);
        self.Offered[ListPlace(self, job, slot, length)] = PreActivationOrder.Key(order, latent);
        return place;
    }

    public static void Tidy(GroupWinners self, TileJob job, ArrayView<int> state, int firstSlot, int slots)
    {
        for (int slot = firstSlot + Group.IdxX; slot < firstSlot + slots; slot += Group.DimX)
        {
            int length = state[slot];
            for (int i = 0; i < length; i++)
            {
                ulong key = self.Offered[ListPlace(self, job, slot, i)];
                long place = PlaceOf(self, job.Range, PreActivationOrder.Latent(key)) + job.FirstRow + slot;
                ulong best = self.Keys[place];
                self.Keys[place] = key > best ? key : best;
            }

            state[slot] = 0;
        }
    }

    public static void End(GroupWinners self, TileJob job, ArrayView<int> state)
    {
    }

    private static long ListPlace(GroupWinners self, TileJob job, int slot, int i) =>
        ((((long)job.Index * self.Width) + i) * TileJob.Slots) + slot;
}
