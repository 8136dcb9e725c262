namespace SaeKernels.Ilgpu;

/// <summary>The orders of all candidates of a batch; called in kernels.</summary>
/// <typeparam name="TSelf">The implementing struct.</typeparam>
internal interface IOrders<TSelf>
    where TSelf : struct, IOrders<TSelf>
{
    /// <summary>At least as many as there are candidates.</summary>
    static abstract long Count(TSelf self);

    /// <summary>The places where candidates may be.</summary>
    static abstract long Span(TSelf self);

    /// <summary>The order at a place, 0 where there is no candidate.</summary>
    static abstract uint Order(TSelf self, long place);
}

/// <summary>The orders in the lists of <see cref="RowLists"/>.</summary>
internal struct ListOrders : IOrders<ListOrders>
{
    public ListCandidates Candidates;

    public static long Count(ListOrders self) => Span(self);

    public static long Span(ListOrders self) =>
        (long)self.Candidates.Lists.Capacity * self.Candidates.Lists.Jobs.Ranges * self.Candidates.Lists.Rows;

    public static uint Order(ListOrders self, long place)
    {
        long list = place / self.Candidates.Lists.Capacity;
        int number = (int)(place - (list * self.Candidates.Lists.Capacity));
        int segment = (int)(list / self.Candidates.Lists.Rows);
        int row = (int)(list - ((long)segment * self.Candidates.Lists.Rows));
        uint order = 0;
        if (number < ListCandidates.Length(self.Candidates, row, segment))
        {
            order = PreActivationOrder.OfKey(ListCandidates.Key(self.Candidates, row, segment, number));
        }

        return order;
    }
}

/// <summary>The orders in a <see cref="CandidatePool"/>.</summary>
internal struct PoolOrders : IOrders<PoolOrders>
{
    public CandidatePool Pool;

    public static long Count(PoolOrders self) => CandidatePool.Filled(self.Pool);

    public static long Span(PoolOrders self) => CandidatePool.Filled(self.Pool);

    public static uint Order(PoolOrders self, long place) => PreActivationOrder.OfKey(self.Pool.Keys[place]);
}
