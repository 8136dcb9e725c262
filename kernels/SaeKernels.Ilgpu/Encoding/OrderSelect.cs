using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   the order of a rank among all candidates of a batch, and the rank among those of that order
/// Work       4 visits a candidate
/// Traffic    32 bytes a candidate → bound by memory latency
/// Launch     threads take candidates in turns; one thread finds each of 4 digits
/// Shared     1 KiB        Barriers  2 a digit
/// Order      counts of 8 bits at a time from the highest: integers; deterministic
/// Error      none
/// Source     radix selection: Alabi, Blanchard, Gordon, Steinbach 2012
/// </summary>
/// <typeparam name="TOrders">Where candidates lie.</typeparam>
internal sealed class OrderSelect<TOrders>(KernelDevice device)
    where TOrders : struct, IOrders<TOrders>
{
    private readonly Kernel<Parameters> startKernel = new(device, Start);
    private readonly Kernel<Parameters> countKernel = new(device, Count);
    private readonly Kernel<Parameters> digitKernel = new(device, FindDigit);

    /// <summary>Selects; the digits of what lacks are 0 where there are fewer candidates than the rank.</summary>
    public OrderSelection Launch(string name, in TOrders orders, int rank, long most)
    {
        OrderSelection selection = OrderSelection.Create(device, name);
        Parameters parameters = new() { Orders = orders, Selection = selection, Rank = rank };
        this.startKernel.Launch(1, 1, parameters);
        for (int shift = RadixDigit.HighestShift; shift >= 0; shift -= RadixDigit.Bits)
        {
            parameters.Shift = shift;
            this.countKernel.Launch(device.GroupsOfElements(most), device.GroupSize, parameters);
            this.digitKernel.Launch(1, 1, parameters);
        }

        return selection;
    }

    private static void Start(Parameters p) =>
        OrderSelection.Start(p.Selection, (int)IntrinsicMath.Min(p.Rank, TOrders.Count(p.Orders)));

    private static void Count(Parameters p)
    {
        ArrayView<int> bins = SharedMemory.Allocate<int>(RadixDigit.Bins);
        RadixDigit.Clear(bins);
        GroupBarrier.Wait();
        long span = TOrders.Span(p.Orders);
        uint prefix = p.Selection.Order[0];
        long step = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < span; i += step)
        {
            uint order = TOrders.Order(p.Orders, i);
            if (order != 0)
            {
                RadixDigit.Add(bins, order, prefix, p.Shift);
            }
        }

        GroupBarrier.Wait();
        RadixDigit.Flush(bins, p.Selection.Bins);
    }

    private static void FindDigit(Parameters p) => OrderSelection.FindDigit(p.Selection, p.Shift);

    internal struct Parameters
    {
        public TOrders Orders;
        public OrderSelection Selection;
        public int Rank;
        public int Shift;
    }
}
