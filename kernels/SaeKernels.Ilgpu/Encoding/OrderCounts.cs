using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Counts positive pre-activations by the next digit of a selection, or those at its order by row: what is left to do
/// where a pool could not hold them.
/// </summary>
internal struct OrderCounts : ISelector<OrderCounts>
{
    public OrderSelection Selection;

    /// <summary>[1] 0 where the launch turned out to be needless.</summary>
    public ArrayView<int> Guard;

    /// <summary>[rows] receives the counts where <see cref="IsByRow"/>.</summary>
    public ArrayView<int> RowCounts;
    public int Shift;
    public int IsByRow;

    public static int StateLength => RadixDigit.Bins;

    public static bool IsIdle(OrderCounts self) => self.Guard[0] == 0;

    public static void Begin(OrderCounts self, TileJob job, ArrayView<int> state) => RadixDigit.Clear(state);

    public static bool Accepts(
        OrderCounts self, TileJob job, ArrayView<int> state, int slot, int latent, uint order) =>
        order >= PreActivationOrder.SmallestPositive;

    public static uint AcceptsLanes(
        OrderCounts self,
        TileJob job,
        ArrayView<int> state,
        int firstSlot,
        int latent,
        ArrayView<float> lanes,
        int first) => LaneMask.AtLeast(lanes, first, PreActivationOrder.SmallestPositive);

    public static int Count(OrderCounts self, TileJob job, ArrayView<int> state, int slot, int latent, uint order) => 0;

    public static int Reserve(OrderCounts self, int count) => 0;

    public static int Offer(
        OrderCounts self, TileJob job, ArrayView<int> state, int slot, int latent, uint order, int place)
    {
        if (self.IsByRow == 0)
        {
            RadixDigit.Add(state, order, self.Selection.Order[0], self.Shift);
        }

        if (self.IsByRow != 0 && order == self.Selection.Order[0])
        {
            Atomic.Add(ref self.RowCounts[job.FirstRow + slot], 1);
        }

        return place;
    }

    public static void Tidy(OrderCounts self, TileJob job, ArrayView<int> state, int firstSlot, int slots)
    {
    }

    public static void End(OrderCounts self, TileJob job, ArrayView<int> state)
    {
        if (self.IsByRow == 0)
        {
            RadixDigit.Flush(state, self.Selection.Bins);
        }
    }
}
