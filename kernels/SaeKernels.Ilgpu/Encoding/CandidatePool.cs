using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Selects every pre-activation of at least its latent's order into one pool for the whole batch, row by row unbounded;
/// and counts each row's. Where the pool is full, only the counts go on.
/// </summary>
/// <remarks>The order of entries differs from run to run; what is made of them does not depend on it.</remarks>
internal struct CandidatePool : ISelector<CandidatePool>
{
    /// <summary>As many keys as fit.</summary>
    public ArrayView<ulong> Keys;

    /// <summary>The row of each key.</summary>
    public ArrayView<int> Rows;

    /// <summary>[1] keys so far; more than fit where some were lost.</summary>
    public ArrayView<int> Length;

    /// <summary>[rows] accepted pre-activations of each row, the lost ones too.</summary>
    public ArrayView<int> RowLengths;

    /// <summary>The least order of each latent, or of all where <see cref="BoundStride"/> is 0.</summary>
    public ArrayView<uint> Bounds;

    /// <summary>[1] 0 where the launch turned out to be needless, where <see cref="IsGuarded"/>.</summary>
    public ArrayView<int> Guard;

    /// <summary>[1] the last row in which the bound itself is accepted, where <see cref="IsGuarded"/>.</summary>
    public ArrayView<int> LastTiedRow;
    public int BoundStride;
    public int IsGuarded;

    public static int StateLength => TileJob.Slots;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="device">Holds it.</param>
    /// <param name="name">Names its memory.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="capacity">The most keys; at least 1.</param>
    /// <param name="bounds">The least order of each latent, or one for all.</param>
    public static CandidatePool Create(
        KernelDevice device, string name, int rows, int capacity, ArrayView<uint> bounds)
    {
        ArrayView<int> length = device.Scratch.Int($"{name}.Length", 1);
        return new CandidatePool
        {
            Keys = device.Scratch.Key($"{name}.Keys", capacity).SubView(0, capacity),
            Rows = device.Scratch.Int($"{name}.Rows", capacity),
            Length = length,
            RowLengths = device.Scratch.Int($"{name}.RowLengths", Math.Max(rows, 1)),
            Bounds = bounds,
            Guard = length,
            LastTiedRow = length,
            BoundStride = bounds.Length > 1 ? 1 : 0,
        };
    }

    /// <summary>Returns the keys in a pool; called in kernels.</summary>
    public static int Filled(CandidatePool self) => IntrinsicMath.Min(self.Length[0], self.Keys.IntLength);

    public static bool IsIdle(CandidatePool self)
    {
        bool isIdle = false;
        if (self.IsGuarded != 0)
        {
            isIdle = self.Guard[0] == 0;
        }

        return isIdle;
    }

    public static void Begin(CandidatePool self, TileJob job, ArrayView<int> state)
    {
        for (int slot = Group.IdxX; slot < TileJob.Slots; slot += Group.DimX)
        {
            state[slot] = 0;
        }
    }

    public static bool Accepts(
        CandidatePool self, TileJob job, ArrayView<int> state, int slot, int latent, uint order)
    {
        uint bound = self.Bounds[(long)latent * self.BoundStride];
        bool isAccepted = order >= bound;
        if (order == bound && self.IsGuarded != 0)
        {
            isAccepted = job.FirstRow + slot <= self.LastTiedRow[0];
        }

        return isAccepted;
    }

    public static uint AcceptsLanes(
        CandidatePool self,
        TileJob job,
        ArrayView<int> state,
        int firstSlot,
        int latent,
        ArrayView<float> lanes,
        int first) => LaneMask.AtLeast(lanes, first, self.Bounds[(long)latent * self.BoundStride]);

    public static int Count(
        CandidatePool self, TileJob job, ArrayView<int> state, int slot, int latent, uint order) => 1;

    public static int Reserve(CandidatePool self, int count)
    {
        // A full pool is no longer added to: its length cannot wrap.
        int place = self.Length[0];
        if (count > 0 && place <= self.Keys.IntLength)
        {
            place = Atomic.Add(ref self.Length[0], count);
        }

        return place;
    }

    public static int Offer(
        CandidatePool self, TileJob job, ArrayView<int> state, int slot, int latent, uint order, int place)
    {
        GroupCount.Increment(state, slot);
        if (place < self.Keys.IntLength)
        {
            self.Keys[place] = PreActivationOrder.Key(order, latent);
            self.Rows[place] = job.FirstRow + slot;
        }

        return place + 1;
    }

    public static void Tidy(CandidatePool self, TileJob job, ArrayView<int> state, int firstSlot, int slots)
    {
    }

    public static void End(CandidatePool self, TileJob job, ArrayView<int> state)
    {
        for (int slot = Group.IdxX; slot < job.Rows; slot += Group.DimX)
        {
            int accepted = state[slot];
            if (accepted > 0)
            {
                Atomic.Add(ref self.RowLengths[job.FirstRow + slot], accepted);
            }
        }
    }
}
