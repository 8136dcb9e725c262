using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>A selector, and beside it the selection among flagged latents, from the same tiles.</summary>
/// <typeparam name="TMain">The selector.</typeparam>
internal struct WithAux<TMain> : ISelector<WithAux<TMain>>
    where TMain : struct, ISelector<TMain>
{
    public TMain Main;
    public RowLists Aux;

    public static int StateLength => TMain.StateLength + RowLists.StateLength;

    public static bool IsIdle(WithAux<TMain> self) => false;

    public static void Begin(WithAux<TMain> self, TileJob job, ArrayView<int> state)
    {
        TMain.Begin(self.Main, job, state);
        RowLists.Begin(self.Aux, job, AuxState(state));
    }

    public static bool Accepts(
        WithAux<TMain> self, TileJob job, ArrayView<int> state, int slot, int latent, uint order) =>
        TMain.Accepts(self.Main, job, state, slot, latent, order)
        || RowLists.Accepts(self.Aux, job, AuxState(state), slot, latent, order);

    public static uint AcceptsLanes(
        WithAux<TMain> self,
        TileJob job,
        ArrayView<int> state,
        int firstSlot,
        int latent,
        ArrayView<float> lanes,
        int first) =>
        TMain.AcceptsLanes(self.Main, job, state, firstSlot, latent, lanes, first)
        | RowLists.AcceptsLanes(self.Aux, job, AuxState(state), firstSlot, latent, lanes, first);

    public static int Count(
        WithAux<TMain> self, TileJob job, ArrayView<int> state, int slot, int latent, uint order) =>
        TMain.Accepts(self.Main, job, state, slot, latent, order)
            ? TMain.Count(self.Main, job, state, slot, latent, order)
            : 0;

    public static int Reserve(WithAux<TMain> self, int count) => TMain.Reserve(self.Main, count);

    public static int Offer(
        WithAux<TMain> self, TileJob job, ArrayView<int> state, int slot, int latent, uint order, int place)
    {
        int next = place;
        if (TMain.Accepts(self.Main, job, state, slot, latent, order))
        {
            next = TMain.Offer(self.Main, job, state, slot, latent, order, place);
        }

        if (RowLists.Accepts(self.Aux, job, AuxState(state), slot, latent, order))
        {
            RowLists.Offer(self.Aux, job, AuxState(state), slot, latent, order, place);
        }

        return next;
    }

    public static void Tidy(WithAux<TMain> self, TileJob job, ArrayView<int> state, int firstSlot, int slots)
    {
        TMain.Tidy(self.Main, job, state, firstSlot, slots);
        RowLists.Tidy(self.Aux, job, AuxState(state), firstSlot, slots);
    }

    public static void End(WithAux<TMain> self, TileJob job, ArrayView<int> state)
    {
        TMain.End(self.Main, job, state);
        RowLists.End(self.Aux, job, AuxState(state));
    }

    private static ArrayView<int> AuxState(ArrayView<int> state) =>
        state.SubView(TMain.StateLength, RowLists.StateLength);
}
